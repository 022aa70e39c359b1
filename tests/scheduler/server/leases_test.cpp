#include "scheduler/server/leases.h"

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

struct World {
  World() : database(open_database("sqlite::memory:")), outbox(Peer("gateway:main")) {
    migrate(*database);
  }

  void run_writes() {
    Actions actions = outbox.take();
    for (const Write& write : actions.writes) {
      database->in_transaction(write.job);
      outbox.written(write.number, "");
    }
  }

  std::unique_ptr<Database> database;
  Outbox outbox;
};

TEST(Epochs, GiveNothingBeyondWhatTheStoreHasCommitted) {
  World world;
  Epochs epochs({1, 4}, world.outbox);

  EXPECT_EQ(epochs.next(), 1U);
  EXPECT_EQ(epochs.next(), 2U);
  EXPECT_EQ(epochs.next(), 3U);
  EXPECT_FALSE(epochs.next());
}

TEST(Epochs, GoOnAtTheNextRangeOnceItIsCommitted) {
  World world;
  const EpochRange first = FenceTable(*world.database).raise_ceiling(3);
  Epochs epochs(first, world.outbox);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(epochs.next());
  ASSERT_FALSE(epochs.next());

  world.run_writes();

  EXPECT_EQ(epochs.next(), first.ceiling);
}

TEST(Epochs, ARestartNeverRepeatsANumber) {
  World world;
  const EpochRange first = FenceTable(*world.database).raise_ceiling(kEpochsReserved);
  const EpochRange second = FenceTable(*world.database).raise_ceiling(kEpochsReserved);

  EXPECT_EQ(second.first, first.ceiling);
}

}  // namespace
}  // namespace suan::scheduler
