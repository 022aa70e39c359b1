#include "catalog/store/account_tables.h"

#include "catalog/store/row_reader.h"
#include "catalog/store/text_list.h"

namespace suan {
namespace {

constexpr std::string_view kPutAccount = R"sql(
  INSERT INTO account (account_id, service_class, weight, created_us) VALUES ($1, $2, $3, $4)
  ON CONFLICT (account_id) DO UPDATE SET service_class = excluded.service_class,
    weight = excluded.weight)sql";

constexpr std::string_view kAddAccount = R"sql(
  INSERT INTO account (account_id, service_class, weight, created_us) VALUES ($1, $2, $3, $4)
  ON CONFLICT (account_id) DO NOTHING)sql";

constexpr std::string_view kAccounts = R"sql(
  SELECT account_id, service_class, weight FROM account ORDER BY account_id)sql";

constexpr std::string_view kCreateKey = R"sql(
  INSERT INTO api_key (hmac_hex, prefix, account_id, rights, created_us, revoked_us)
  VALUES ($1, $2, $3, $4, $5, NULL) ON CONFLICT DO NOTHING)sql";

constexpr std::string_view kKeys = R"sql(
  SELECT k.hmac_hex, k.prefix, k.rights, k.created_us, k.revoked_us,
    a.account_id, a.service_class, a.weight
  FROM api_key AS k JOIN account AS a ON a.account_id = k.account_id
  ORDER BY k.created_us, k.prefix)sql";

constexpr std::string_view kValidKeys = R"sql(
  SELECT k.hmac_hex, k.prefix, k.rights, k.created_us, k.revoked_us,
    a.account_id, a.service_class, a.weight
  FROM api_key AS k JOIN account AS a ON a.account_id = k.account_id
  WHERE k.revoked_us IS NULL ORDER BY k.hmac_hex)sql";

constexpr std::string_view kValidKey = R"sql(
  SELECT k.hmac_hex, k.prefix, k.rights, k.created_us, k.revoked_us,
    a.account_id, a.service_class, a.weight
  FROM api_key AS k JOIN account AS a ON a.account_id = k.account_id
  WHERE k.hmac_hex = $1 AND k.revoked_us IS NULL)sql";

constexpr std::string_view kHasKeys = R"sql(
  SELECT hmac_hex FROM api_key LIMIT 1)sql";

constexpr std::string_view kKeyIsStored = R"sql(
  SELECT hmac_hex FROM api_key WHERE hmac_hex = $1 AND prefix = $2)sql";

constexpr std::string_view kRevokeKey = R"sql(
  UPDATE api_key SET revoked_us = $2 WHERE prefix = $1 AND revoked_us IS NULL
  RETURNING prefix)sql";

constexpr std::string_view kRevokeKeysOf = R"sql(
  UPDATE api_key SET revoked_us = $2 WHERE account_id = $1 AND revoked_us IS NULL
  RETURNING prefix)sql";

std::optional<ServiceClass> service_class_of(std::string_view name) {
  for (const auto each : {ServiceClass::Paid, ServiceClass::Free, ServiceClass::Batch}) {
    if (to_string(each) == name) return each;
  }
  return std::nullopt;
}

Account account_row(RowReader& row) {
  Account account;
  account.account = row.id<AccountId>();
  account.service_class = row.named(service_class_of);
  account.weight = row.u32();
  return account;
}

KeyWithAccount key_row(RowReader& row) {
  KeyWithAccount both;
  both.key.hmac_hex = row.text();
  both.key.prefix = row.text();
  both.key.rights = split_names(row.text());
  both.key.created = row.time();
  both.key.is_revoked = row.optional_time().has_value();
  both.account = account_row(row);
  both.key.account = both.account.account;
  return both;
}

std::vector<SqlValue> params_of(const Account& account, WallTime now) {
  return {account.account.value(), sql_text(to_string(account.service_class)),
          int64_t{account.weight}, to_us(now)};
}

}  // namespace

void AccountTables::put_account(const Account& account, WallTime now) {
  database_.execute(kPutAccount, params_of(account, now));
}

void AccountTables::add_account(const Account& account, WallTime now) {
  database_.execute(kAddAccount, params_of(account, now));
}

std::vector<Account> AccountTables::accounts() {
  return read_all(database_.execute(kAccounts), account_row);
}

bool AccountTables::create_key(const ApiKey& key) {
  database_.execute(kCreateKey, {key.hmac_hex, key.prefix, key.account.value(),
                                 join_names(key.rights), to_us(key.created)});
  // Asked back rather than told by the insert: after a commit in doubt the row is ours too.
  return !database_.execute(kKeyIsStored, {key.hmac_hex, key.prefix}).empty();
}

std::vector<KeyWithAccount> AccountTables::keys() {
  return read_all(database_.execute(kKeys), key_row);
}

std::vector<KeyWithAccount> AccountTables::valid_keys() {
  return read_all(database_.execute(kValidKeys), key_row);
}

std::optional<KeyWithAccount> AccountTables::valid_key_of(std::string_view hmac_hex) {
  return read_one(database_.execute(kValidKey, {sql_text(hmac_hex)}), key_row);
}

bool AccountTables::has_keys() {
  return !database_.execute(kHasKeys).empty();
}

uint64_t AccountTables::revoke_key(std::string_view prefix, WallTime now) {
  return database_.execute(kRevokeKey, {sql_text(prefix), to_us(now)}).size();
}

uint64_t AccountTables::revoke_keys_of(const AccountId& account, WallTime now) {
  return database_.execute(kRevokeKeysOf, {account.value(), to_us(now)}).size();
}

}  // namespace suan
