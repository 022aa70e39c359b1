#include "web_api/accounts/keys.h"

#include <fstream>

#include <gtest/gtest.h>

#include "catalog/types/bytes.h"
#include "tests/support/rows.h"
#include "tests/support/temporary_folder.h"

namespace suan::web_api {
namespace {

namespace fs = std::filesystem;
using suan::testing::kNoon;
using suan::testing::TemporaryFolder;

constexpr auto kOthers = fs::perms::group_all | fs::perms::others_all;

std::string text_of(const fs::path& file) {
  std::string text;
  std::getline(std::ifstream(file), text);
  return text;
}

TEST(Keys, AreRandomAndRecognisable) {
  const auto one = make_key("secret", AccountId("tenant"), Rights(), kNoon);
  const auto two = make_key("secret", AccountId("tenant"), Rights(), kNoon);

  EXPECT_TRUE(looks_like_a_key(one.text)) << one.text;
  EXPECT_NE(one.text, two.text);
}

TEST(Keys, A3_AreKeptAsTheirHmacAndPrefixAlone) {
  const auto key = make_key("secret", AccountId("tenant"), Rights(), kNoon);

  EXPECT_EQ(key.row.hmac_hex, to_hex(hmac_sha256("secret", key.text)));
  EXPECT_EQ(key.row.prefix, key.text.substr(8, 8));
}

TEST(Keys, AreToldFromOtherTexts) {
  EXPECT_FALSE(looks_like_a_key(""));
  EXPECT_FALSE(looks_like_a_key("sk-suan-"));
  EXPECT_FALSE(looks_like_a_key("sk-suan-" + std::string(51, 'a')));
  EXPECT_FALSE(looks_like_a_key("sk-suan-" + std::string(100'000, 'a')));
  EXPECT_FALSE(looks_like_a_key("pk-suan-" + std::string(52, 'a')));
}

TEST(Keys, ShareASecretThatOnlyItsOwnerReads) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "keys" / "network.secret";

  const auto made = load_or_make_secret(file);
  const auto loaded = load_or_make_secret(file);

  EXPECT_EQ(made.size(), 32U);
  EXPECT_EQ(loaded, made);
  EXPECT_EQ(fs::status(file).permissions() & kOthers, fs::perms::none);
}

TEST(Keys, RefuseASecretThatOthersMayReadOrThatIsNone) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "network.secret";
  (void)load_or_make_secret(file);
  fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
  EXPECT_THROW((void)load_or_make_secret(file), std::runtime_error);

  std::ofstream(file, std::ios::trunc) << "short\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_THROW((void)load_or_make_secret(file), std::runtime_error);
}

TEST(AdminKey, IsMadeOnceOnAnEmptyStore) {
  const TemporaryFolder folder;
  const auto database = open_database("sqlite::memory:");
  migrate(*database);
  const auto file = folder.path() / "keys" / "admin.key";

  const auto first = ensure_admin_key(*database, "secret", file, kNoon);
  const auto second = ensure_admin_key(*database, "secret", file, kNoon);

  ASSERT_TRUE(first);
  EXPECT_FALSE(second);
  EXPECT_EQ(text_of(file), *first);
  EXPECT_EQ(fs::status(file).permissions() & kOthers, fs::perms::none);
  const auto row = AccountTables(*database).valid_key_of(to_hex(hmac_sha256("secret", *first)));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->account.account, AccountId("admin"));
  EXPECT_TRUE(Rights::parse(row->key.rights)->is_admin());
}

}  // namespace
}  // namespace suan::web_api
