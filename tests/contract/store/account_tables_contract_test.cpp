// Accounts, keys and usage on every Database.

#include <gtest/gtest.h>

#include "catalog/store/account_tables.h"
#include "catalog/store/usage_table.h"
#include "tests/contract/store/store_contract.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::kNoon;
using testing::request_id;
using testing::StoreContract;
using testing::usage_row;

using AccountTablesContract = StoreContract;
INSTANTIATE_EACH_STORE(AccountTablesContract);

ApiKey api_key(const std::string& prefix) {
  return ApiKey{prefix,
                std::string(56, '0') + prefix,
                AccountId("tenant"),
                {"request", "operate:beijing"},
                kNoon,
                false};
}

TEST_P(AccountTablesContract, FindsAKeyWithItsAccountUntilItIsRevoked) {
  AccountTables tables(database());
  EXPECT_FALSE(tables.has_keys());
  tables.put_account(Account{AccountId("tenant"), ServiceClass::Free, 3}, kNoon);
  ASSERT_TRUE(tables.create_key(api_key("aaaaaaaa")));
  ASSERT_TRUE(tables.create_key(api_key("bbbbbbbb")));

  const auto found = tables.valid_key_of(api_key("aaaaaaaa").hmac_hex);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key.rights, api_key("").rights);
  EXPECT_EQ(found->account.service_class, ServiceClass::Free);
  EXPECT_EQ(found->account.weight, 3U);

  EXPECT_EQ(tables.revoke_key("aaaaaaaa", kNoon), 1U);
  EXPECT_EQ(tables.revoke_key("aaaaaaaa", kNoon), 0U);
  EXPECT_FALSE(tables.valid_key_of(api_key("aaaaaaaa").hmac_hex));
  EXPECT_EQ(tables.valid_keys().size(), 1U);
  EXPECT_EQ(tables.keys().size(), 2U);
  EXPECT_TRUE(tables.has_keys());
}

TEST_P(AccountTablesContract, A11_RevokesAllKeysOfAnAccountAtOnce) {
  AccountTables tables(database());
  tables.put_account(Account{AccountId("tenant"), ServiceClass::Paid, 1}, kNoon);
  ASSERT_TRUE(tables.create_key(api_key("aaaaaaaa")));
  ASSERT_TRUE(tables.create_key(api_key("bbbbbbbb")));

  EXPECT_EQ(tables.revoke_keys_of(AccountId("tenant"), kNoon), 2U);
  EXPECT_TRUE(tables.valid_keys().empty());
}

TEST_P(AccountTablesContract, RefusesASecondKeyOfTheSamePrefix) {
  AccountTables tables(database());
  tables.put_account(Account{AccountId("tenant"), ServiceClass::Paid, 1}, kNoon);
  ASSERT_TRUE(tables.create_key(api_key("aaaaaaaa")));
  auto other = api_key("aaaaaaaa");
  other.hmac_hex = std::string(64, 'f');

  EXPECT_FALSE(tables.create_key(other));
  EXPECT_TRUE(tables.create_key(api_key("aaaaaaaa"))) << "a repeat of the same";
}

TEST_P(AccountTablesContract, L2_KeepsAUsageRowOnce) {
  UsageTable usage(database());
  usage.add(usage_row(1));
  auto changed = usage_row(1);
  changed.amount_n = 9'999;

  usage.add(changed);

  EXPECT_EQ(usage.of_request(request_id(1)), std::vector<UsageRow>{usage_row(1)});
}

TEST_P(AccountTablesContract, SumsUsagePerDayAccountAndModel) {
  UsageTable usage(database());
  const auto day = day_of(request_id(0));
  for (uint64_t n = 0; n < 3; ++n)
    usage.add(usage_row(n));
  auto others = usage_row(3);
  others.account = AccountId("other");
  usage.add(others);

  const auto all = usage.sums(day, day, std::nullopt);
  const auto of_tenant = usage.sums(day - 1, day + 1, AccountId("tenant"));

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].account, AccountId("other"));
  EXPECT_EQ(of_tenant, (std::vector<UsageSum>{{day, AccountId("tenant"), ModelId("stories-moe"),
                                               3, 30, 60, 12, 210}}));
  EXPECT_TRUE(usage.sums(day + 1, day + 2, std::nullopt).empty());
}

}  // namespace
}  // namespace suan
