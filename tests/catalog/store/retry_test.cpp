#include "catalog/store/retry.h"

#include <gtest/gtest.h>

#include "catalog/store/database.h"

namespace suan {
namespace {

TEST(Retry, RepeatsWhatIsTransient) {
  int attempts = 0;

  retry_transient([&] {
    if (++attempts < 3) throw StoreError("the connection is lost", true);
  });

  EXPECT_EQ(attempts, 3);
}

TEST(Retry, DoesNotRepeatWhatWouldFailAgain) {
  int attempts = 0;

  const auto attempt = [&] {
    ++attempts;
    throw StoreError("no such table", false);
  };

  EXPECT_THROW(retry_transient(attempt), StoreError);
  EXPECT_EQ(attempts, 1);
}

}  // namespace
}  // namespace suan
