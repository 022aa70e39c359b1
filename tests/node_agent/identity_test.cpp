#include "node_agent/identity.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "catalog/types/text.h"
#include "catalog/wire/keys.h"

namespace suan::node_agent {
namespace {

class Identity : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ =
        std::filesystem::temp_directory_path() / ("suan-identity-" + std::to_string(getpid()));
    std::filesystem::create_directories(data_);
  }

  void TearDown() override { std::filesystem::remove_all(data_); }

  void write(const std::string& text) const { std::ofstream(data_ / "agent.json") << text; }

  std::filesystem::path data_;
};

TEST_F(Identity, ComesBackAsItWasSaved) {
  const NodeIdentity saved{NodeId("n1"), SiteId("gz"), "10.0.0.1:7400",
                           make_curve_key_pair().public_z85};
  save_identity(data_, saved);

  const auto loaded = load_identity(data_);

  ASSERT_TRUE(loaded && *loaded);
  EXPECT_EQ((*loaded)->node, saved.node);
  EXPECT_EQ((*loaded)->site, saved.site);
  EXPECT_EQ((*loaded)->server, saved.server);
  EXPECT_EQ((*loaded)->server_public_z85, saved.server_public_z85);
  const auto mode = std::filesystem::status(data_ / "agent.json").permissions();
  EXPECT_EQ(mode & std::filesystem::perms::others_all, std::filesystem::perms::none);
}

TEST_F(Identity, IsAbsentBeforeTheFirstJoin) {
  const auto loaded = load_identity(data_);
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(*loaded);
}

TEST_F(Identity, ADamagedFileIsOneClearSentence) {
  for (const char* text :
       {"", "{", "[]", R"({"node":"../x","site":"gz"})",
        R"({"node":"n","site":"gz","server":"x","server_public_z85":"k"})"}) {
    write(text);
    const auto loaded = load_identity(data_);
    ASSERT_FALSE(loaded) << text;
    EXPECT_NE(loaded.error().message.find("agent.json"), std::string::npos);
  }
}

TEST(HostPort, TakesWhatPeopleWrite) {
  const auto plain = parse_host_port("example.org:7400");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "example.org");
  EXPECT_EQ(plain->port, 7400);
  EXPECT_EQ(parse_host_port("tcp://:7401")->host, "");
  EXPECT_EQ(parse_host_port("tcp://*:7401")->host, "");
  EXPECT_EQ(parse_host_port("[::1]:9")->host, "::1");
  EXPECT_EQ(tcp_endpoint(*parse_host_port("[::1]:9")), "tcp://[::1]:9");
  EXPECT_EQ(tcp_endpoint(*plain), "tcp://example.org:7400");
}

TEST(HostPort, RefusesEverythingElse) {
  for (const char* text :
       {"", "host", "host:", "host:0", "host:70000", "host:12x", "::1:9", "a b:1", "x/y:1"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(WishedNodeId, IsAValidNameWhateverTheHostIsCalled) {
  EXPECT_EQ(wished_node_id("GPU-07.example.org", "abcdef0123"), NodeId("gpu-07-abcdef"));
  for (const char* host :
       {"", "...", "--", "测试", "a_very_long_host_name_of_more_than_forty_bytes"}) {
    EXPECT_TRUE(is_valid_name(wished_node_id(host, "0123456789").value())) << host;
  }
}

}  // namespace
}  // namespace suan::node_agent
