#include "scheduler/server/admission.h"

#include <gtest/gtest.h>

#include "tests/support/rows.h"

namespace suan::scheduler {
namespace {

constexpr Time kNow{1000s};

Queued queued(uint64_t n, uint64_t work, ServiceClass service_class = ServiceClass::Paid) {
  Queued request;
  request.facts.request = testing::request_id(n);
  request.facts.account = AccountId("tenant");
  request.facts.model = ModelId("stories-moe");
  request.facts.service_class = service_class;
  request.work = work;
  return request;
}

TEST(Admission, TheExampleOfTheDesign) {
  // 960 units of work wait, 57.6 a second are served: 16.7 s; the limit of paid work is 10 s.
  Admission admission({.paid_wait = 20s});
  for (uint64_t n = 0; n < 96; ++n) {
    ASSERT_FALSE(admission.wait(queued(n, 10), 57.6, kNow));
  }
  Queued pressing = queued(1000, 10);
  pressing.deadline = kNow + 10s;

  const auto turned_away = admission.wait(pressing, 57.6, kNow);

  ASSERT_TRUE(turned_away);
  EXPECT_EQ(turned_away->error.code, ErrorCode::Overloaded);
  EXPECT_EQ(turned_away->retry_after, 7s);
}

TEST(Admission, HigherClassesDoNotWaitForLowerOnes) {
  Admission admission({});
  for (uint64_t n = 0; n < 10; ++n) {
    ASSERT_FALSE(admission.wait(queued(n, 100, ServiceClass::Batch), 10, kNow));
  }

  EXPECT_FALSE(admission.wait(queued(100, 10), 10, kNow));
  EXPECT_TRUE(admission.wait(queued(101, 10, ServiceClass::Free), 1, kNow))
      << "paid work before it: 10 s, above the 5 s of free work";
}

TEST(Admission, QueuesAreBoundedByEntriesAndBytes) {
  Admission few({.entries = 2});
  Admission small({.paid_bytes = 2 * sizeof(Queued)});

  EXPECT_FALSE(few.wait(queued(1, 1), 1e9, kNow));
  EXPECT_FALSE(few.wait(queued(2, 1), 1e9, kNow));
  EXPECT_TRUE(few.wait(queued(3, 1), 1e9, kNow));
  EXPECT_FALSE(small.wait(queued(1, 1), 1e9, kNow));
  EXPECT_TRUE(small.wait(queued(2, 1), 1e9, kNow));
}

TEST(Admission, RoomComesBackWhenRequestsLeave) {
  Admission admission({.entries = 1});
  ASSERT_FALSE(admission.wait(queued(1, 1), 1e9, kNow));

  ASSERT_TRUE(admission.cancel(testing::request_id(1)));

  EXPECT_FALSE(admission.wait(queued(2, 1), 1e9, kNow));
  EXPECT_EQ(admission.size(ServiceClass::Paid), 1U);
}

TEST(Admission, PaidGoesBeforeFreeBeforeBatch) {
  Admission admission({});
  ASSERT_FALSE(admission.wait(queued(1, 1, ServiceClass::Batch), 1e9, kNow));
  ASSERT_FALSE(admission.wait(queued(2, 1, ServiceClass::Free), 1e9, kNow));
  ASSERT_FALSE(admission.wait(queued(3, 1, ServiceClass::Paid), 1e9, kNow));
  std::vector<ServiceClass> order;

  admission.dispatch(ModelId("stories-moe"), kNow, [&](const Queued& request) {
    order.push_back(request.facts.service_class);
    return Offered::Taken;
  });

  EXPECT_EQ(order, (std::vector{ServiceClass::Paid, ServiceClass::Free, ServiceClass::Batch}));
  EXPECT_FALSE(admission.is_anything_waiting());
}

TEST(Admission, BatchGetsATurnAfterAMinuteOfWaiting) {
  Admission admission({});
  ASSERT_FALSE(admission.wait(queued(1, 1, ServiceClass::Batch), 1e9, kNow));
  for (uint64_t n = 2; n < 100; ++n)
    ASSERT_FALSE(admission.wait(queued(n, 1), 1e9, kNow));
  int place_of_batch = 0;
  int place = 0;

  admission.dispatch(ModelId("stories-moe"), kNow + 60s, [&](const Queued& request) {
    ++place;
    if (request.facts.service_class == ServiceClass::Batch) place_of_batch = place;
    return Offered::Taken;
  });

  EXPECT_EQ(place_of_batch, 20);
}

TEST(Admission, AfterTenSecondsTheWaitFollowsWhatIsReallyServed) {
  Admission admission({});
  ASSERT_FALSE(admission.wait(queued(1, 50), 1e9, kNow));
  const Time later = kNow + 10s;
  admission.finished(ServiceClass::Paid, ModelId("stories-moe"), AccountId("other"), 0, 10,
                     later);

  const auto turned_away = admission.wait(queued(2, 50), 1e9, later);

  ASSERT_TRUE(turned_away) << "50 units wait, 1 a second is served, whatever was claimed";
  EXPECT_EQ(turned_away->retry_after, 40s);
}

TEST(ServiceRate, ForgetsWhatIsOlderThanTenSeconds) {
  ServiceRate rate;
  rate.add(100, Time(100s));

  EXPECT_DOUBLE_EQ(rate.per_second(Time(105s)), 10);
  EXPECT_DOUBLE_EQ(rate.per_second(Time(110s)), 0);
}

}  // namespace
}  // namespace suan::scheduler
