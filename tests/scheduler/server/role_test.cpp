#include "scheduler/server/role.h"

#include <deque>

#include <gtest/gtest.h>

#include "catalog/wire/convert.h"
#include "tests/support/manual_loop.h"
#include "tests/support/scripted_channel.h"

namespace suan::scheduler {
namespace {

/// Runs jobs when the test says so; refuses while it is full.
class HandStore final : public Store {
 public:
  bool ask(Job job, Post answer_to, Then then) override {
    if (is_full) return false;
    jobs.push_back({std::move(job), std::move(answer_to), std::move(then)});
    return true;
  }

  void run_all(Database& database) {
    while (!jobs.empty()) {
      Asked asked = std::move(jobs.front());
      jobs.pop_front();
      database.in_transaction(asked.job);
      asked.answer_to([then = std::move(asked.then)] { then(""); });
    }
  }

  struct Asked {
    Job job;
    Post answer_to;
    Then then;
  };

  std::deque<Asked> jobs;
  bool is_full = false;
};

struct RoleWorld {
  RoleWorld() : database(open_database("sqlite::memory:")) {
    migrate(*database);
    ServerConfig config;
    config.control_address = "127.0.0.1:7400";
    config.control_public_z85 = std::string(40, 's');
    role = std::make_unique<ServerRole>(loop, store, agents, gateway, nullptr, config,
                                        load_server_state(*database, loop.wall_now()));
  }

  void settle() {
    for (int i = 0; i < 10; ++i) {
      store.run_all(*database);
      loop.turn();
    }
  }

  std::string create_ticket() {
    v1::Envelope message;
    message.mutable_command()->set_query_id(++query);
    message.mutable_command()->set_verb("ticket.create");
    message.mutable_command()->set_json(R"({"site":"beijing","auto_approve":true})");
    gateway.receive(Peer("gateway:main"), message);
    settle();
    return gateway.all(v1::Envelope::kAnswer).back().answer().code();
  }

  std::unique_ptr<Database> database;
  ManualLoop loop;
  HandStore store;
  ScriptedChannel agents;
  ScriptedChannel gateway;
  std::unique_ptr<ServerRole> role;
  uint64_t query = 0;
};

TEST(ServerRole, TellsTheGatewayItsViewAtOnceAndEachSecond) {
  RoleWorld world;

  world.loop.advance(3s);

  EXPECT_EQ(world.gateway.all(v1::Envelope::kView).size(), 4U);
}

TEST(ServerRole, AnswersOnlyOnceTheStoreHasWritten) {
  RoleWorld world;
  v1::Envelope message;
  message.mutable_command()->set_verb("ticket.create");
  message.mutable_command()->set_json(R"({"site":"beijing"})");

  world.gateway.receive(Peer("gateway:main"), message);
  const size_t before = world.gateway.all(v1::Envelope::kAnswer).size();
  world.settle();

  EXPECT_EQ(before, 0U);
  EXPECT_EQ(world.gateway.all(v1::Envelope::kAnswer).size(), 1U);
}

TEST(ServerRole, WritesThatTheStoreDoesNotTakeAreKeptAndTriedAgain) {
  RoleWorld world;
  world.store.is_full = true;
  v1::Envelope message;
  message.mutable_command()->set_verb("ticket.create");
  message.mutable_command()->set_json(R"({"site":"beijing"})");
  world.gateway.receive(Peer("gateway:main"), message);

  world.store.is_full = false;
  world.loop.advance(200ms);
  world.settle();

  EXPECT_EQ(world.gateway.all(v1::Envelope::kAnswer).size(), 1U);
}

TEST(ServerRole, NothingHappensAfterItsEnd) {
  RoleWorld world;
  ASSERT_EQ(world.create_ticket(), "");
  v1::Envelope message;
  message.mutable_command()->set_verb("ticket.create");
  message.mutable_command()->set_json(R"({"site":"beijing"})");
  world.gateway.receive(Peer("gateway:main"), message);

  world.role.reset();
  world.settle();
  world.loop.advance(5s);

  EXPECT_EQ(world.gateway.all(v1::Envelope::kAnswer).size(), 1U);
}

TEST(ServerRole, KnowsNoStrangersKey) {
  RoleWorld world;

  EXPECT_FALSE(world.role->lookup_key("control", std::string(40, 'x')));
}

}  // namespace
}  // namespace suan::scheduler
