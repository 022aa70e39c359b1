#include "web_api/accounts/bounded_cells.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace suan::web_api {
namespace {

TEST(BoundedCells, RemembersEachNamesState) {
  BoundedCells cells(1'024);
  for (uint64_t i = 1; i <= 100; ++i) {
    cells.update(std::to_string(i), [i](uint64_t state) { return state + i; });
  }

  for (uint64_t i = 1; i <= 100; ++i)
    EXPECT_EQ(cells.find(std::to_string(i)), i);
  EXPECT_EQ(cells.find("unheard of"), 0U);
}

TEST(BoundedCells, LetsTheStalestGoWhenItIsFull) {
  BoundedCells cells(8);
  for (uint64_t i = 1; i <= 9; ++i) {
    cells.update(std::to_string(i), [i](uint64_t) { return i; });
  }

  EXPECT_EQ(cells.find("1"), 0U);
  for (uint64_t i = 2; i <= 9; ++i)
    EXPECT_EQ(cells.find(std::to_string(i)), i);
}

TEST(BoundedCells, LosesNoUpdateBetweenThreads) {
  BoundedCells cells(64);
  cells.update("shared", [](uint64_t) { return 1; });
  const auto count = [&cells] {
    for (int i = 0; i < 1'000; ++i)
      cells.update("shared", [](uint64_t state) { return state + 1; });
  };

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back(count);
  }

  EXPECT_EQ(cells.find("shared"), 4'001U);
}

}  // namespace
}  // namespace suan::web_api
