#include <gtest/gtest.h>

#include "catalog/store/database.h"

namespace suan {
namespace {

TEST(SqlValue, ReadsWhatItHolds) {
  EXPECT_EQ(as_int(SqlValue(int64_t{7})), 7);
  EXPECT_EQ(as_double(SqlValue(0.5)), 0.5);
  EXPECT_EQ(as_text(SqlValue(std::string("seven"))), "seven");
}

TEST(SqlValue, RefusesToReadAnotherType) {
  EXPECT_THROW((void)as_int(SqlValue(7.0)), StoreError);
  EXPECT_THROW((void)as_double(SqlValue(int64_t{7})), StoreError);
  EXPECT_THROW((void)as_text(SqlValue()), StoreError);
}

TEST(SqlValue, TellsNullFromZero) {
  EXPECT_EQ(as_optional_int(SqlValue()), std::nullopt);
  EXPECT_EQ(as_optional_int(SqlValue(int64_t{0})), 0);
  EXPECT_EQ(as_optional_double(SqlValue()), std::nullopt);
  EXPECT_EQ(as_optional_double(SqlValue(0.0)), 0.0);
}

}  // namespace
}  // namespace suan
