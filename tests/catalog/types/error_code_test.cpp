#include "catalog/types/error_code.h"

#include <gtest/gtest.h>

#include "catalog/types/result.h"

namespace suan {
namespace {

TEST(ErrorCode, EveryCodeHasANameThatLeadsBackToIt) {
  for (size_t i = 0; i <= static_cast<size_t>(ErrorCode::Internal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(error_code_of(to_string(code)), code);
  }
  EXPECT_EQ(error_code_of("teapot"), std::nullopt);
}

TEST(ErrorCode, StatusesAreThePromisedOnes) {
  EXPECT_EQ(http_status(ErrorCode::BadRequest), 400);
  EXPECT_EQ(http_status(ErrorCode::Overloaded), 429);
  EXPECT_EQ(http_status(ErrorCode::NoCapacity), 503);
  EXPECT_EQ(exit_code(ErrorCode::NoCapacity), 3);
  EXPECT_EQ(exit_code(ErrorCode::BadRequest), 1);
}

TEST(Result, AnErrorPassesThroughUnchanged) {
  const auto inner = []() -> Result<int> {
    return fail_param(ErrorCode::BadRequest, "n", "n is {}", 9);
  };
  const auto outer = [&]() -> Result<std::string> { return forward(inner().error()); };

  EXPECT_EQ(outer().error(), (Error{ErrorCode::BadRequest, "n is 9", "n"}));
}

}  // namespace
}  // namespace suan
