#include "web_api/accounts/key_reader.h"

#include <chrono>
#include <cstring>
#include <optional>

#include <spdlog/spdlog.h>

namespace suan::web_api {
namespace {

std::optional<Digest> digest_of(std::string_view hex) {
  const auto bytes = from_hex(hex);
  Digest digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::memcpy(digest.data(), bytes->data(), digest.size());
  return digest;
}

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Nothing for a row that this build cannot read, such as a right of a newer one.
std::optional<Identity> identity_of(const KeyWithAccount& row) {
  auto rights = Rights::parse(row.key.rights);
  if (!rights) {
    spdlog::warn("key {} is not accepted: {}", row.key.prefix, rights.error().message);
    return std::nullopt;
  }
  return Identity{row.account.account, *std::move(rights), row.account.service_class,
                  row.key.prefix};
}

}  // namespace

size_t DigestHash::operator()(const Digest& digest) const noexcept {
  size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

bool EqualInConstantTime::operator()(const Digest& a, const Digest& b) const {
  return equal_in_constant_time(bytes_of(a), bytes_of(b));
}

KeyReader::KeyReader(std::unique_ptr<Database> database)
    : database_(std::move(database)), questions_(std::make_shared<Questions>(kQuestionsMax)) {
  refresh();
  thread_ = std::jthread([this] { run(); });
}

KeyReader::~KeyReader() {
  questions_->close();
  thread_.join();
}

void KeyReader::run() {
  using Clock = std::chrono::steady_clock;
  auto due = Clock::now() + KeyStore::kRefreshEvery;
  while (!questions_->is_closed() || questions_->size() > 0) {
    const auto left = std::chrono::duration_cast<Duration>(due - Clock::now());
    if (auto question = questions_->pop_for(std::max(left, Duration(0)))) answer(*question);
    if (Clock::now() < due) continue;
    const auto error = error_of([&] { refresh(); });
    if (!error.empty()) spdlog::warn("keys stay as they were: {}", error);
    due = Clock::now() + KeyStore::kRefreshEvery;
  }
}

void KeyReader::refresh() {
  KeySnapshot next;
  for (const auto& row : AccountTables(*database_).valid_keys()) {
    const auto hmac = digest_of(row.key.hmac_hex);
    auto identity = identity_of(row);
    if (hmac && identity) next.emplace(*hmac, *std::move(identity));
  }
  keys_.set(std::move(next));
}

void KeyReader::answer(KeyQuestion& question) {
  if (const auto* reread = std::get_if<RefreshKeys>(&question)) {
    reread->done(error_of([&] { refresh(); }));
  } else if (const auto* wanted = std::get_if<LookUpKey>(&question)) {
    std::optional<Identity> found;
    const auto error = error_of([&] {
      const auto row = AccountTables(*database_).valid_key_of(to_hex(wanted->hmac));
      if (row) found = identity_of(*row);
    });
    if (!error.empty()) {
      wanted->done(fail(ErrorCode::Unavailable, "keys cannot be checked now"));
    } else if (!found) {
      wanted->done(fail(ErrorCode::Unauthorized, "unknown key"));
    } else {
      wanted->done(*std::move(found));
    }
  } else if (const auto* list = std::get_if<ListKeys>(&question)) {
    std::vector<KeyWithAccount> rows;
    const auto error = error_of([&] { rows = AccountTables(*database_).keys(); });
    if (error.empty()) {
      list->done(std::move(rows));
    } else {
      list->done(fail(ErrorCode::Unavailable, "keys cannot be read now"));
    }
  }
}

std::string KeyReader::error_of(const std::function<void()>& read) {
  try {
    read();
    return {};
  } catch (const StoreError& error) {
    spdlog::error("reading keys: {}", error.what());
    return error.what();
  }
}

}  // namespace suan::web_api
