#include "web_api/accounts/pricing.h"

#include <limits>

#include <gtest/gtest.h>

namespace suan::web_api {
namespace {

TEST(Pricing, CountsCachedTokensAtTheirOwnPrice) {
  // The example of scheduler.md 2.4: 1,200 prompt tokens, 800 of them cached, 300 out.
  const auto amount = amount_n(Usage{1'200, 300, 800}, Prices{2'000, 400, 8'000});

  ASSERT_TRUE(amount) << amount.error();
  EXPECT_EQ(*amount, 3'520'000);
}

TEST(Pricing, IsFreeWhereNoOfferWasMade) {
  EXPECT_EQ(amount_n(Usage{1'200, 300, 0}, Prices{}), 0);
}

TEST(Pricing, RefusesWhatCannotBe) {
  EXPECT_FALSE(amount_n(Usage{10, 0, 11}, Prices{1, 1, 1}));
  EXPECT_FALSE(amount_n(Usage{10, 10, 0}, Prices{1, 1, -1}));
}

TEST(Pricing, RefusesAnAmountThatWouldWrapAround) {
  const auto most = std::numeric_limits<int64_t>::max();

  EXPECT_EQ(amount_n(Usage{0, 1, 0}, Prices{0, 0, most}), most);
  EXPECT_FALSE(amount_n(Usage{0, 2, 0}, Prices{0, 0, most}));
  EXPECT_FALSE(amount_n(Usage{1, 1, 0}, Prices{1, 0, most}));
}

}  // namespace
}  // namespace suan::web_api
