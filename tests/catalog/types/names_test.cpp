#include "catalog/types/names.h"

#include <gtest/gtest.h>

#include "catalog/types/measurement.h"
#include "catalog/types/node.h"
#include "catalog/types/request.h"

namespace suan {
namespace {

/// Every value has a name, and the name leads back to it.
template <class Enum, class Parse>
void expect_round_trip(Enum last, Parse parse) {
  for (size_t i = 0; i <= static_cast<size_t>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_EQ(parse(to_string(value)), value) << to_string(value);
  }
  EXPECT_EQ(parse("no such name"), std::nullopt);
  EXPECT_EQ(parse(""), std::nullopt);
}

TEST(Names, LeadBackToTheirValues) {
  expect_round_trip(Policy::Throughput, policy_of);
  expect_round_trip(Priority::Batch, priority_of);
  expect_round_trip(NodeState::Revoked, node_state_of);
  expect_round_trip(ReplicaState::Failed, replica_state_of);
  expect_round_trip(Metric::MatrixGflopPerSecond, metric_of);
  expect_round_trip(Evidence::Serving, evidence_of);
}

TEST(Names, BetterEvidenceVariesLess) {
  EXPECT_GT(log_sd_of(Evidence::Claim), log_sd_of(Evidence::Micro));
  EXPECT_GT(log_sd_of(Evidence::Micro), log_sd_of(Evidence::Production));
  EXPECT_GT(log_sd_of(Evidence::Production), log_sd_of(Evidence::Serving));
}

}  // namespace
}  // namespace suan
