#include "bench/record.h"

#include <gtest/gtest.h>

#include "catalog/types/bytes.h"
#include "catalog/types/canonical_json.h"
#include "tests/bench/core/fake_target.h"

namespace suan::bench {
namespace {

RunIntent some_intent() {
  return {.campaign_id = "c1",
          .run_id = "r1",
          .cell = {.benchmark = "serve.goodput", .rate_per_s = 4},
          .scope = {.nonce = "c1", .site = SiteId("a"), .node = NodeId("a1")},
          .deadline = 30s};
}

RunResult some_run(uint32_t requests) {
  RunResult run;
  run.warmup.push_back({.number = 0, .status = "ok"});
  for (uint32_t i = 1; i <= requests; ++i) {
    const int64_t start_ns = int64_t{i} * 1000;
    run.requests.push_back({.number = i,
                            .start_ns = start_ns,
                            .dispatch_ns = start_ns + 1,
                            .chunks_ns = std::vector<int64_t>(20, start_ns + 7),
                            .status = "ok",
                            .usage = {.prompt_tokens = 3, .completion_tokens = 20}});
  }
  return run;
}

TEST(Record, IsCanonicalLineByLine) {
  for (const std::string& line :
       record_lines(some_intent(), some_run(3), {"host_noise"}, 0.5)) {
    const auto json = parse_json(line);
    ASSERT_TRUE(json) << line;
    EXPECT_EQ(canonical_json(*json), line);
  }
}

TEST(Record, TellsIntentEnvironmentSamplesAndSeal) {
  const auto lines = record_lines(some_intent(), some_run(3), {}, 0);

  std::vector<std::string> types;
  for (const std::string& line : lines) {
    types.push_back(parse_json(line)->at("type"));
  }
  EXPECT_EQ(types, (std::vector<std::string>{"intent", "env", "samples", "samples", "seal"}));
  const Json samples = *parse_json(lines[3]);
  EXPECT_EQ(samples["phase"], "measured");
  EXPECT_EQ(samples["requests"].size(), 3U);
  EXPECT_EQ(samples["requests"][0]["s"], 1000);
  EXPECT_EQ(samples["requests"][0]["n"], 20);
}

TEST(Record, SealsAllLinesBeforeTheLast) {
  auto lines = record_lines(some_intent(), some_run(3), {}, 0);
  const Json seal = *parse_json(lines.back());
  lines.pop_back();

  EXPECT_EQ(seal["lines"], lines.size());
  EXPECT_EQ(seal["root"], merkle_root(lines));
  lines[2].back() = ' ';
  EXPECT_NE(seal["root"], merkle_root(lines));
}

TEST(Record, KeepsEveryLineShortEnoughForTheWire) {
  const auto lines = record_lines(some_intent(), some_run(2000), {}, 0);

  size_t requests = 0;
  for (const std::string& line : lines) {
    EXPECT_LE(line.size(), 64U << 10U);
    const Json json = *parse_json(line);
    requests += json["type"] == "samples" ? json["requests"].size() : 0;
  }
  EXPECT_EQ(requests, 2001U);
}

TEST(MerkleRoot, FollowsRfc6962) {
  const auto leaf = [](const std::string& text) {
    const Digest digest = sha256(std::string(1, '\0') + text);
    return std::string(digest.begin(), digest.end());
  };
  const auto node = [](const std::string& left, const std::string& right) {
    const Digest digest = sha256("\1" + left + right);
    return std::string(digest.begin(), digest.end());
  };

  EXPECT_EQ(merkle_root({}),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(merkle_root({"a"}), to_hex(leaf("a")));
  EXPECT_EQ(merkle_root({"a", "b", "c"}), to_hex(node(node(leaf("a"), leaf("b")), leaf("c"))));
}

}  // namespace
}  // namespace suan::bench
