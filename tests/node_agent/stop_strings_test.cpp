#include "node_agent/stop_strings.h"

#include <gtest/gtest.h>

namespace suan::node_agent {
namespace {

std::string shown(StopStrings& stops, const std::vector<std::string>& pieces) {
  std::string out;
  for (const std::string& piece : pieces) {
    if (stops.push(piece, out)) return out + "|";
  }
  stops.finish(out);
  return out;
}

TEST(StopStrings, CutBeforeAStopThatCrossesPieces) {
  StopStrings stops({"END", "\n\n"});
  EXPECT_EQ(shown(stops, {"one\n", "two E", "N", "D three"}), "one\ntwo |");
}

TEST(StopStrings, TheEarliestOfSeveralWins) {
  StopStrings stops({"late", "a"});
  EXPECT_EQ(shown(stops, {"xxa late"}), "xx|");
}

TEST(StopStrings, GiveBackWhatOnlyLookedLikeAStop) {
  StopStrings stops({"abcd"});
  EXPECT_EQ(shown(stops, {"ab", "cab", "cx", "abc"}), "abcabcxabc");
}

TEST(StopStrings, FindAStopThatOverlapsAFalseStart) {
  StopStrings stops({"aab"});
  EXPECT_EQ(shown(stops, {"a", "a", "a", "b", "c"}), "a|");
}

TEST(StopStrings, HoldBackOnlyWhatMayBecomeAStop) {
  StopStrings stops({"stop"});
  std::string out;
  EXPECT_FALSE(stops.push("go st", out));
  EXPECT_EQ(out, "go ");
}

}  // namespace
}  // namespace suan::node_agent
