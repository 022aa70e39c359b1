#include "catalog/store/text_list.h"

#include <gtest/gtest.h>

namespace suan {
namespace {

using Names = std::vector<std::string>;

TEST(TextList, IsTheInverseOfItself) {
  for (const auto& names : {Names{}, Names{"beijing"}, Names{"request", "operate:beijing"}}) {
    EXPECT_EQ(split_names(join_names(names)), names);
  }
}

TEST(TextList, ReadsAsPeopleWouldWriteIt) {
  EXPECT_EQ(join_names({"a", "b"}), "a,b");
}

}  // namespace
}  // namespace suan
