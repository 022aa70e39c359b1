#include "bench/sim/sim_store.h"

#include <vector>

#include <gtest/gtest.h>

#include "bench/sim/sim_loop.h"

namespace suan::bench {
namespace {

struct Disk {
  explicit Disk(const SimStoreFaults& faults) : store(world, *database, faults, 1) {
    database->execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)");
  }

  /// Asks for one insert; `errors` gets its end.
  bool note(int64_t id) {
    return store.ask(
        [id](Database& db) {
          db.execute("INSERT INTO notes (id) VALUES ($1) ON CONFLICT DO NOTHING", {id});
        },
        [this](std::function<void()> task) { loop.post(std::move(task)); },
        [this](const std::string& error) {
          errors.push_back(error);
          at.push_back(world.now());
        });
  }

  int64_t notes() {
    return as_int(database->execute("SELECT count(*) FROM notes").at(0).at(0));
  }

  SimWorld world;
  SimLoop loop{world};
  std::unique_ptr<Database> database = open_database("sqlite::memory:");
  SimStore store;
  std::vector<std::string> errors;
  std::vector<Time> at;
};

TEST(SimStore, RunsJobsOneAfterTheOther) {
  Disk disk({.latency = 2ms});

  for (int64_t id = 1; id <= 3; ++id)
    ASSERT_TRUE(disk.note(id));
  disk.world.run_for(1s);

  EXPECT_EQ(disk.at, (std::vector<Time>{Time(2ms), Time(4ms), Time(6ms)}));
  EXPECT_EQ(disk.notes(), 3);
}

TEST(SimStore, TellsAFailureAndKeepsTheTableAsItWas) {
  Disk disk({.failure = 1.0});

  disk.note(1);
  disk.world.run_for(1s);

  ASSERT_EQ(disk.errors.size(), 1U);
  EXPECT_FALSE(disk.errors[0].empty());
  EXPECT_EQ(disk.notes(), 0);
}

TEST(SimStore, ACommitInDoubtRunsTheJobAgain) {
  Disk disk({.in_doubt = 1.0});
  int runs = 0;

  disk.store.ask([&](Database&) { ++runs; },
                 [&](std::function<void()> task) { disk.loop.post(std::move(task)); },
                 [&](const std::string& error) { EXPECT_EQ(error, ""); });
  disk.world.run_for(1s);

  EXPECT_EQ(runs, 2);
}

TEST(SimStore, AStallDelaysWhatWaits) {
  Disk disk({.latency = 1ms});
  disk.note(1);
  disk.store.stall(Time(5s));
  disk.note(2);

  disk.world.run_until(Time(4s));
  EXPECT_TRUE(disk.errors.empty());
  disk.world.run_until(Time(6s));

  EXPECT_EQ(disk.errors.size(), 2U);
}

TEST(SimStore, ACrashForgetsWhatWasNotYetRun) {
  SimWorld world;
  SimLoop loop(world);
  const auto database = open_database("sqlite::memory:");
  int runs = 0;
  {
    SimStore store(world, *database, {}, 1);
    store.ask([&](Database&) { ++runs; },
              [&](std::function<void()> task) { loop.post(std::move(task)); },
              [](const std::string&) {});
  }

  world.run_for(1s);

  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace suan::bench
