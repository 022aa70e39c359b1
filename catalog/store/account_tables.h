#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/types/account.h"
#include "catalog/types/time.h"

namespace suan {

/// A key beside the account it belongs to: all that a check of the key needs.
struct KeyWithAccount {
  ApiKey key;
  Account account;
};

/// Accounts and their keys.
///
/// Requires: `database` outlives the object; `migrate` has run.
/// Errors:   throws StoreError
/// Threads:  those of the database.
class AccountTables {
 public:
  explicit AccountTables(Database& database) : database_(database) {}

  /// Inserts the account, or updates the one of this id.
  void put_account(const Account& account, WallTime now);
  /// Does nothing when the account exists.
  void add_account(const Account& account, WallTime now);
  [[nodiscard]] std::vector<Account> accounts();

  /// False when a key of this prefix or HMAC exists; nothing changes then.
  bool create_key(const ApiKey& key);
  /// All keys, revoked ones too, the oldest first.
  [[nodiscard]] std::vector<KeyWithAccount> keys();
  /// Those that are not revoked.
  [[nodiscard]] std::vector<KeyWithAccount> valid_keys();
  /// A key that is not revoked.
  [[nodiscard]] std::optional<KeyWithAccount> valid_key_of(std::string_view hmac_hex);
  [[nodiscard]] bool has_keys();

  /// The number of keys that were valid until now.
  uint64_t revoke_key(std::string_view prefix, WallTime now);
  uint64_t revoke_keys_of(const AccountId& account, WallTime now);

 private:
  Database& database_;
};

}  // namespace suan
