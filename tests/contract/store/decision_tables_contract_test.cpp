// The decision log on every Database.

#include <gtest/gtest.h>

#include "catalog/store/decision_tables.h"
#include "tests/contract/store/store_contract.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::kNoon;
using testing::request_id;
using testing::StoreContract;

using DecisionTablesContract = StoreContract;
INSTANTIATE_EACH_STORE(DecisionTablesContract);

DecisionRow decision_row(uint64_t n, uint32_t attempt = 1) {
  DecisionRow decision;
  decision.request = request_id(n);
  decision.attempt = attempt;
  decision.at = kNoon + Duration(n);
  decision.account = AccountId("tenant");
  decision.site = SiteId("beijing");
  decision.node = NodeId("beijing-1");
  decision.verdict = "placed";
  decision.json = R"({"reason":"nearest"})";
  return decision;
}

TEST_P(DecisionTablesContract, FindsAllAttemptsOfARequest) {
  DecisionTables tables(database());
  tables.add(decision_row(1, 2));
  tables.add(decision_row(1, 1));
  tables.add(decision_row(1, 1));
  tables.add(decision_row(2));

  EXPECT_EQ(tables.of_request(request_id(1)),
            (std::vector<DecisionRow>{decision_row(1, 1), decision_row(1, 2)}));
  EXPECT_TRUE(tables.of_request(request_id(9)).empty());
}

TEST_P(DecisionTablesContract, PrunesTheOldestDecisions) {
  DecisionTables tables(database());
  for (uint64_t n = 0; n < 10; ++n)
    tables.add(decision_row(n));

  tables.prune(20);
  EXPECT_EQ(tables.latest(100).size(), 10U);
  tables.prune(3);

  EXPECT_EQ(tables.latest(100),
            (std::vector<DecisionRow>{decision_row(9), decision_row(8), decision_row(7)}));
}

}  // namespace
}  // namespace suan
