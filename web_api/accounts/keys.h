#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/account_tables.h"
#include "catalog/store/database.h"
#include "catalog/store/store.h"
#include "catalog/types/account.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "web_api/accounts/rights.h"

namespace suan::web_api {

/// Who asks, and what it may do.
struct Identity {
  AccountId account;
  Rights rights;
  ServiceClass service_class = ServiceClass::Paid;
  std::string key_prefix;
};

/// A key's text, to be shown once, beside the row that the store keeps of it.
struct NewKey {
  std::string text;  // `sk-suan-` and 52 characters of base32: 256 random bits and 4 of 0
  ApiKey row;
};

/// Whether `text` has the form of a key; anything else is refused before it costs a hash.
[[nodiscard]] bool looks_like_a_key(std::string_view text);

/// Draws a key from the system's random source.
[[nodiscard]] NewKey make_key(const std::string& secret,
                              const AccountId& account,
                              const Rights& rights,
                              WallTime now);

/// The secret under which keys are hashed, 0600 in `file`; made when there is none.
/// Throws when the file cannot be used, or when others may read it.
[[nodiscard]] std::string load_or_make_secret(const std::filesystem::path& file);

/// On a store without keys, makes account `admin` and its first key, and returns the key's
/// text for printing; it is also kept in `file` (0600). Nothing when there are keys already.
/// Blocks: for the start alone. Throws StoreError, or when the file cannot be written.
[[nodiscard]] std::optional<std::string> ensure_admin_key(Database& database,
                                                          const std::string& secret,
                                                          const std::filesystem::path& file,
                                                          WallTime now);

/// The keys of the network as every HTTP thread sees them.
///
/// Checks read an immutable snapshot. One reader thread with a connection of its own
/// replaces it every 2 s, and at once after a change made here; so a revocation acts before it is
/// answered here, and within 5 s when another process made it.
/// Threads:  any.
class KeyStore {
 public:
  static constexpr Duration kRefreshEvery = 2s;
  using ThenIdentity = std::function<void(Result<Identity>)>;
  using ThenKey = std::function<void(Result<NewKey>)>;
  using ThenRevoked = std::function<void(Result<uint64_t> keys)>;

  /// Reads all valid keys before it returns; throws StoreError. `changes` outlives the store;
  /// `reads` is the reader thread's own connection.
  KeyStore(Store& changes, std::unique_ptr<Database> reads, std::string secret);
  ~KeyStore();
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  /// From memory alone, in well under 1 ms.
  ///
  /// Errors:   Unauthorized  not a key, unknown, or revoked; the same message for all
  [[nodiscard]] Result<Identity> check(std::string_view key) const;

  /// As `check`, but asks the store, once, about a key that is not in memory: another process
  /// may just have made it. `then` runs at once, on this thread, when memory tells; else
  /// through `answer_to`. Keys that the store does not know either are remembered for a while.
  void look_up(std::string_view key, Store::Post answer_to, ThenIdentity then);

  /// Makes a key for an account; makes the account (paid, weight 1) when it is new. `then` runs
  /// through `answer_to` once every check knows the key.
  void create(const AccountId& account,
              const Rights& rights,
              WallTime now,
              Store::Post answer_to,
              ThenKey then);

  /// Ends the key with this prefix, or all keys of an account. `then` runs through `answer_to`
  /// once no check accepts them.
  ///
  /// Errors:   NotFound  no valid key like that
  void revoke(const std::string& prefix, WallTime now, Store::Post answer_to, ThenRevoked then);
  void revoke_all(const AccountId& account,
                  WallTime now,
                  Store::Post answer_to,
                  ThenRevoked then);

  /// All keys for listings, revoked ones too; read from the store.
  void list(Store::Post answer_to,
            std::function<void(Result<std::vector<KeyWithAccount>>)> then);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::web_api
