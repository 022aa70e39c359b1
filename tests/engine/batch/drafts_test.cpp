// What decides about guesses, without a model.

#include <vector>

#include <gtest/gtest.h>

#include "engine/batch/draft_governor.h"
#include "engine/batch/draft_pace.h"
#include "engine/batch/ngram_draft.h"

namespace suan::engine {
namespace {

std::vector<int32_t> draft_of(const std::vector<int32_t>& text, size_t count) {
  std::vector<int32_t> draft{99};
  draft_from_text(text, count, draft);
  return draft;
}

TEST(DraftFromText, ContinuesFromTheLatestPlaceThatAgreesLongest) {
  EXPECT_EQ(draft_of({1, 2, 3, 8, 9, 5, 1, 2, 3}, 3), (std::vector{8, 9, 5}));
  EXPECT_EQ(draft_of({1, 2, 7, 1, 2, 8, 4, 1, 2}, 1), (std::vector{8}));        // the latest
  EXPECT_EQ(draft_of({0, 1, 2, 7, 5, 1, 2, 8, 0, 1, 2}, 1), (std::vector{7}));  // the longest
  EXPECT_EQ(draft_of({5, 6, 5, 6}, 5), (std::vector{5, 6, 5, 6, 5}));           // on and on
}

TEST(DraftFromText, SaysNothingWithoutAPair) {
  EXPECT_TRUE(draft_of({}, 4).empty());
  EXPECT_TRUE(draft_of({1}, 4).empty());
  EXPECT_TRUE(draft_of({1, 2, 3, 1, 9, 3}, 4).empty());  // one token alone is no hint
  EXPECT_TRUE(draft_of({1, 2, 1, 2}, 0).empty());
}

TEST(DraftPace, GrowsWithSuccessAndRestsEverLongerWithoutIt) {
  DraftPace pace(4);
  EXPECT_EQ(pace.next(), 1U);
  pace.learn(1, 1);
  pace.learn(2, 2);
  EXPECT_EQ(pace.next(), 4U);
  pace.learn(4, 4);
  EXPECT_EQ(pace.next(), 4U);
  pace.learn(4, 2);
  EXPECT_EQ(pace.next(), 2U);
  pace.learn(2, 0);
  pace.learn(1, 0);
  EXPECT_EQ(pace.next(), 0U);  // one step
  EXPECT_EQ(pace.next(), 1U);
  pace.learn(1, 0);
  EXPECT_EQ(pace.next(), 0U);  // two
  EXPECT_EQ(pace.next(), 0U);
  EXPECT_EQ(pace.next(), 1U);
  EXPECT_EQ(DraftPace(0).next(), 0U);
}

/// Steps of a machine on which a step takes `plain_s`, or `drafted_s` with guesses that bring
/// `tokens` instead of 1. Returns how many of the last 1,000 steps had guesses.
int drafted_of_last(DraftGovernor& governor,
                    double plain_s,
                    double drafted_s,
                    uint32_t tokens) {
  int drafted = 0;
  for (int step = 0; step < 11'000; ++step) {
    const bool has_drafts = governor.wants_drafts(1);
    governor.learn(1, has_drafts, has_drafts ? tokens : 1, has_drafts ? drafted_s : plain_s);
    drafted += step >= 10'000 && has_drafts ? 1 : 0;
  }
  return drafted;
}

TEST(DraftGovernor, DraftsWhereItPaysAndHardlyEverWhereNot) {
  DraftGovernor pays;
  EXPECT_GT(drafted_of_last(pays, 0.010, 0.012, 2), 990);

  DraftGovernor costs;
  EXPECT_LT(drafted_of_last(costs, 0.010, 0.025, 2), 10);

  DraftGovernor brings_nothing;
  EXPECT_LT(drafted_of_last(brings_nothing, 0.010, 0.010, 1), 10);
}

TEST(DraftGovernor, ChangesItsMindWhenTheMachineOrTheTextDoes) {
  DraftGovernor governor;
  ASSERT_LT(drafted_of_last(governor, 0.010, 0.025, 2), 10);

  EXPECT_GT(drafted_of_last(governor, 0.010, 0.011, 3), 990);
  EXPECT_LT(drafted_of_last(governor, 0.010, 0.025, 2), 10);
}

TEST(DraftGovernor, JudgesSmallAndLargeBatchesApart) {
  DraftGovernor governor;
  (void)drafted_of_last(governor, 0.010, 0.012, 3);

  EXPECT_TRUE(governor.wants_drafts(1));
  EXPECT_FALSE(governor.wants_drafts(2));  // nothing is known of them yet
  EXPECT_FALSE(governor.wants_drafts(100'000));
}

}  // namespace
}  // namespace suan::engine
