#include "web_api/accounts/keys.h"

#include <cassert>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>

#include <fmt/core.h>

#include "catalog/types/bytes.h"
#include "catalog/types/random.h"
#include "catalog/wire/keys.h"

namespace suan::web_api {
namespace {

constexpr std::string_view kStart = "sk-suan-";
constexpr size_t kPrefixCharacters = 8;

std::string random_bytes() {
  std::string bytes(32, '\0');
  fill_from_system(bytes.data(), bytes.size());
  return bytes;
}

std::string read_secret(const std::filesystem::path& file) {
  struct stat status {};

  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 0077U) != 0) {
    throw std::runtime_error(
        fmt::format("{} holds a secret, but others may read it: chmod 600 it", file.string()));
  }
  std::ifstream in(file);
  std::string hex;
  std::getline(in, hex);
  const auto secret = from_hex(hex);
  if (!secret || secret->size() != 32) {
    throw std::runtime_error(fmt::format("{} holds no secret of 64 hex digits", file.string()));
  }
  return *secret;
}

}  // namespace

bool looks_like_a_key(std::string_view text) {
  constexpr size_t kCharacters = kStart.size() + 52;  // 256 bits in base32
  return text.size() == kCharacters && text.starts_with(kStart);
}

NewKey make_key(const std::string& secret,
                const AccountId& account,
                const Rights& rights,
                WallTime now) {
  NewKey key;
  key.text = std::string(kStart) + to_base32(random_bytes());
  assert(looks_like_a_key(key.text));
  key.row.prefix = key.text.substr(kStart.size(), kPrefixCharacters);
  key.row.hmac_hex = to_hex(hmac_sha256(secret, key.text));
  key.row.account = account;
  key.row.rights = rights.to_texts();
  key.row.created = now;
  return key;
}

std::string load_or_make_secret(const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) return read_secret(file);
  std::filesystem::create_directories(file.parent_path());
  auto secret = random_bytes();
  write_secret_file(file, to_hex(secret) + "\n");
  return secret;
}

std::optional<std::string> ensure_admin_key(Database& database,
                                            const std::string& secret,
                                            const std::filesystem::path& file,
                                            WallTime now) {
  if (AccountTables(database).has_keys()) return std::nullopt;
  const Account account{AccountId("admin"), ServiceClass::Paid, 1};
  const auto rights = Rights::parse({"request", "research", "admin", "metrics"});
  const auto key = make_key(secret, account.account, rights.value(), now);
  // The file first: a key that only the store knew could never be used.
  std::filesystem::create_directories(file.parent_path());
  write_secret_file(file, key.text + "\n");
  database.in_transaction([&](Database& store) {
    AccountTables tables(store);
    tables.add_account(account, now);
    if (!tables.create_key(key.row)) throw StoreError("the first key cannot be kept", false);
  });
  return key.text;
}

}  // namespace suan::web_api
