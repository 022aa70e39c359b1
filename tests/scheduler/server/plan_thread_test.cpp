#include "scheduler/server/plan_thread.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

std::shared_ptr<const PlanInput> one_node() {
  PlanInput input;
  input.nodes.push_back({.node = NodeId("a1"),
                         .site = SiteId("a"),
                         .memory_bytes = 100,
                         .models = {ModelId("m")}});
  input.deployments.push_back({.model = ModelId("m"), .memory_bytes = 10});
  return std::make_shared<const PlanInput>(std::move(input));
}

/// Takes plans from the planning thread.
class Plans {
 public:
  void take(Plan plan) {
    const std::scoped_lock lock(mutex_);
    last_ = std::move(plan);
    ++count_;
    came_.notify_all();
  }

  Plan wait() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(30), [&] { return count_ > 0; }));
    return last_;
  }

  int count() {
    const std::scoped_lock lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  Plan last_;
  int count_ = 0;
};

TEST(PlanThread, PlansElsewhere) {
  Plans plans;
  PlanThread thread;

  ASSERT_TRUE(thread.plan(one_node(), [&](Plan plan) { plans.take(std::move(plan)); }));

  const Plan plan = plans.wait();
  EXPECT_EQ(plan.replicas.size(), 1U);
  EXPECT_TRUE(plan.faults.empty());
}

TEST(PlanThread, FinishesWhatItTookAndRefusesWhatItCannotKeep) {
  Plans plans;
  int taken = 0;
  {
    PlanThread thread;
    for (int i = 0; i < 100; ++i)
      taken += thread.plan(one_node(), [&](Plan plan) { plans.take(std::move(plan)); }) ? 1 : 0;
  }

  EXPECT_GE(taken, 1);
  EXPECT_EQ(plans.count(), taken);
}

}  // namespace
}  // namespace suan::scheduler
