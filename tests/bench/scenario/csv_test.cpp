#include "bench/scenario/csv.h"

#include <gtest/gtest.h>

namespace suan::bench {
namespace {

TEST(CsvTable, FindsTheColumnsAskedForInAnyOrder) {
  auto table = CsvTable::read({"t.csv", "a,b,c\n1,2,3\r\n\n4,5,6"}, {"c", "a"});
  ASSERT_TRUE(table) << table.error();

  ASSERT_EQ(table->rows(), 2U);
  EXPECT_EQ(table->cell(0, 0), "3");
  EXPECT_EQ(table->cell(1, 1), "4");
  EXPECT_EQ(table->where(1), "t.csv:4");
}

TEST(CsvTable, NamesAColumnThatIsMissing) {
  const auto table = CsvTable::read({"t.csv", "a,b\n1,2\n"}, {"a", "speed"});

  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().message, "t.csv: its first line names no column speed");
}

TEST(CsvTable, NamesALineWithTooFewCells) {
  const auto table = CsvTable::read({"t.csv", "a,b\n1,2\n3\n"}, {"a"});

  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().message, "t.csv:3: 1 cells, where the first line names 2");
}

TEST(CsvTable, KeepsTheFirstCellThatIsNoNumber) {
  auto table = CsvTable::read({"t.csv", "a,b\n1,2\nx,nan\n"}, {"a", "b"});
  ASSERT_TRUE(table) << table.error();

  table->whole(0, 0, 0, 9);
  ASSERT_FALSE(table->error());
  table->number(1, 1, 0, 9);
  table->whole(1, 0, 0, 9);

  ASSERT_TRUE(table->error());
  EXPECT_EQ(table->error()->message, "t.csv:3: b must be a number from 0 to 9, not \"nan\"");
}

TEST(CsvTable, RefusesAnEmptyFile) {
  EXPECT_FALSE(CsvTable::read({"t.csv", "\n\n"}, {"a"}));
}

}  // namespace
}  // namespace suan::bench
