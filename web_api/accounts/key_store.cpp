#include <algorithm>
#include <chrono>
#include <utility>

#include "catalog/types/bytes.h"
#include "catalog/types/text.h"
#include "web_api/accounts/bounded_cells.h"
#include "web_api/accounts/key_reader.h"
#include "web_api/accounts/keys.h"

namespace suan::web_api {
namespace {

using Questions = std::shared_ptr<KeyReader::Questions>;

/// Store answers are handed on at once, on the store's thread.
const Store::Post kAtOnce = [](const std::function<void()>& task) { task(); };

tl::unexpected<Error> unauthorized() {
  return fail(ErrorCode::Unauthorized, "the key is not valid here");
}

tl::unexpected<Error> unavailable() {
  return fail(ErrorCode::Unavailable, "keys cannot be changed now: try again");
}

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Milliseconds of a monotonic clock, never 0.
uint64_t now_ms() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return 1 + static_cast<uint64_t>(since_start / std::chrono::milliseconds(1));
}

/// `then`, with its result, through `answer_to`.
template <class T>
std::function<void(Result<T>)> through(Store::Post answer_to,
                                       std::function<void(Result<T>)> then) {
  return [answer_to = std::move(answer_to), then = std::move(then)](Result<T> result) {
    answer_to([then, result = std::move(result)] { then(result); });
  };
}

/// Runs `change` in the store, has every check see it, then calls `then` with what it gave.
template <class T>
void change_keys(Store& store,
                 const Questions& questions,
                 std::function<Result<T>(AccountTables&)> change,
                 const std::function<void(Result<T>)>& then) {
  auto outcome = std::make_shared<Result<T>>(unavailable());
  const auto on_read = [outcome, then](const std::string& error) {
    if (error.empty()) {
      then(*outcome);
    } else {
      then(fail(ErrorCode::Unavailable,
                "the keys were changed, but cannot be read again now: it takes a moment"));
    }
  };
  const bool is_asked = store.ask(
      [outcome, change = std::move(change)](Database& database) {
        AccountTables tables(database);
        *outcome = change(tables);
      },
      kAtOnce,
      [questions, on_read, then](const std::string& error) {
        if (!error.empty()) return then(unavailable());
        if (!questions->try_push(RefreshKeys{on_read})) on_read("closed");
      });
  if (!is_asked) then(unavailable());
}

}  // namespace

struct KeyStore::State {
  State(Store& store, std::unique_ptr<Database> reads, std::string key_secret)
      : changes(store), secret(std::move(key_secret)), reader(std::move(reads)) {}

  Store& changes;
  std::string secret;
  BoundedCells unknown{16'384};  // HMAC -> when the store did not know it
  KeyReader reader;              // ends first: its answers use the rest

  [[nodiscard]] bool is_known_to_be_unknown(const Digest& hmac) const {
    const auto at = unknown.find(bytes_of(hmac));
    return at != 0 && now_ms() < at + static_cast<uint64_t>(kRefreshEvery / 1ms);
  }

  void revoke(std::function<uint64_t(AccountTables&)> end_keys,
              std::string whose,
              Store::Post answer_to,
              ThenRevoked then);
};

KeyStore::KeyStore(Store& changes, std::unique_ptr<Database> reads, std::string secret)
    : state_(std::make_unique<State>(changes, std::move(reads), std::move(secret))) {}

KeyStore::~KeyStore() = default;

Result<Identity> KeyStore::check(std::string_view key) const {
  if (!looks_like_a_key(key)) return unauthorized();
  const auto keys = state_->reader.keys();
  const auto found = keys->find(hmac_sha256(state_->secret, key));
  if (found == keys->end()) return unauthorized();
  return found->second;
}

void KeyStore::look_up(std::string_view key, Store::Post answer_to, ThenIdentity then) {
  auto known = check(key);
  if (known || !looks_like_a_key(key)) return then(std::move(known));
  const auto hmac = hmac_sha256(state_->secret, key);
  if (state_->is_known_to_be_unknown(hmac)) return then(unauthorized());

  const auto answer = through<Identity>(std::move(answer_to), std::move(then));
  const auto on_read = [state = state_.get(), hmac, answer](Result<Identity> found) {
    if (!found && found.error().code == ErrorCode::Unauthorized) {
      state->unknown.update(bytes_of(hmac), [](uint64_t) { return now_ms(); });
      return answer(unauthorized());
    }
    answer(std::move(found));
  };
  if (!state_->reader.questions()->try_push(LookUpKey{hmac, on_read})) {
    answer(fail(ErrorCode::Overloaded, "too many unknown keys are being looked up"));
  }
}

void KeyStore::create(const AccountId& account,
                      const Rights& rights,
                      WallTime now,
                      Store::Post answer_to,
                      ThenKey then) {
  const auto answer = through<NewKey>(std::move(answer_to), std::move(then));
  if (!is_valid_name(account.value())) {
    return answer(fail_param(ErrorCode::BadRequest, "account",
                             "\"{}\" is no name of an account",
                             printable(account.value(), 80)));
  }
  if (rights.to_texts().empty()) {
    return answer(
        fail_param(ErrorCode::BadRequest, "rights", "a key needs at least one right"));
  }
  const auto key = make_key(state_->secret, account, rights, now);
  change_keys<NewKey>(
      state_->changes, state_->reader.questions(),
      [key, now](AccountTables& tables) -> Result<NewKey> {
        tables.add_account(Account{key.row.account, ServiceClass::Paid, 1}, now);
        if (tables.create_key(key.row)) return key;
        return fail(ErrorCode::Conflict, "a key with this prefix exists: try again");
      },
      answer);
}

void KeyStore::State::revoke(std::function<uint64_t(AccountTables&)> end_keys,
                             std::string whose,
                             Store::Post answer_to,
                             ThenRevoked then) {
  // After a commit in doubt the repeat ends nothing more: the larger count is the true one.
  auto ended = std::make_shared<uint64_t>(0);
  change_keys<uint64_t>(
      changes, reader.questions(),
      [ended, end_keys = std::move(end_keys),
       whose = std::move(whose)](AccountTables& tables) -> Result<uint64_t> {
        *ended = std::max(*ended, end_keys(tables));
        if (*ended > 0) return *ended;
        return fail(ErrorCode::NotFound, "there is no valid key of {}", whose);
      },
      through<uint64_t>(std::move(answer_to), std::move(then)));
}

void KeyStore::revoke(const std::string& prefix,
                      WallTime now,
                      Store::Post answer_to,
                      ThenRevoked then) {
  state_->revoke(
      [prefix, now](AccountTables& tables) { return tables.revoke_key(prefix, now); },
      "prefix " + printable(prefix, 80), std::move(answer_to), std::move(then));
}

void KeyStore::revoke_all(const AccountId& account,
                          WallTime now,
                          Store::Post answer_to,
                          ThenRevoked then) {
  state_->revoke(
      [account, now](AccountTables& tables) { return tables.revoke_keys_of(account, now); },
      "account " + printable(account.value(), 80), std::move(answer_to), std::move(then));
}

void KeyStore::list(Store::Post answer_to,
                    std::function<void(Result<std::vector<KeyWithAccount>>)> then) {
  const auto answer =
      through<std::vector<KeyWithAccount>>(std::move(answer_to), std::move(then));
  if (!state_->reader.questions()->try_push(ListKeys{answer})) {
    answer(fail(ErrorCode::Overloaded, "too many questions about keys"));
  }
}

}  // namespace suan::web_api
