#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/store/store_thread.h"
#include "tests/support/rows.h"
#include "tests/support/temporary_folder.h"
#include "web_api/accounts/keys.h"

namespace suan::web_api {
namespace {

using suan::testing::kNoon;
using suan::testing::TemporaryFolder;

const Store::Post kAtOnce = [](const std::function<void()>& task) { task(); };

/// A store in a file, as a server has it: one connection writes, another reads keys.
class KeyStoreTest : public ::testing::Test {
 protected:
  KeyStoreTest() {
    migrate(*open());
    store_ = std::make_unique<StoreThread>(open());
    keys_ = std::make_unique<KeyStore>(*store_, open(), "secret");
  }

  [[nodiscard]] std::unique_ptr<Database> open() const {
    return open_database("sqlite:" + (folder_.path() / "suan.db").string());
  }

  KeyStore& keys() { return *keys_; }

  Result<NewKey> create(const std::string& account, const std::vector<std::string>& rights) {
    std::promise<Result<NewKey>> answer;
    keys().create(AccountId(account), Rights::parse(rights).value(), kNoon, kAtOnce,
                  [&](Result<NewKey> key) { answer.set_value(std::move(key)); });
    return answer.get_future().get();
  }

  Result<uint64_t> revoke(const std::string& prefix) {
    std::promise<Result<uint64_t>> answer;
    keys().revoke(prefix, kNoon, kAtOnce,
                  [&](Result<uint64_t> ended) { answer.set_value(std::move(ended)); });
    return answer.get_future().get();
  }

  Result<Identity> look_up(const std::string& key) {
    std::promise<Result<Identity>> answer;
    keys().look_up(key, kAtOnce,
                   [&](Result<Identity> found) { answer.set_value(std::move(found)); });
    return answer.get_future().get();
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<KeyStore> keys_;
};

TEST_F(KeyStoreTest, KnowsAKeyAsSoonAsItsCreationIsAnswered) {
  const auto key = create("tenant", {"request", "operate:beijing"});
  ASSERT_TRUE(key) << key.error();

  const auto identity = keys().check(key->text);

  ASSERT_TRUE(identity) << identity.error();
  EXPECT_EQ(identity->account, AccountId("tenant"));
  EXPECT_TRUE(identity->rights.may_operate(SiteId("beijing")));
  EXPECT_EQ(identity->service_class, ServiceClass::Paid);
  EXPECT_EQ(identity->key_prefix, key->row.prefix);
}

TEST_F(KeyStoreTest, RefusesEveryWrongKeyInTheSameWords) {
  const auto key = create("tenant", {"request"})->text;
  auto changed = key;
  changed.back() = changed.back() == 'a' ? 'b' : 'a';

  for (const auto& wrong : {std::string(), std::string("sk-suan-"), changed, key + "a"}) {
    const auto identity = keys().check(wrong);
    ASSERT_FALSE(identity) << wrong;
    EXPECT_EQ(identity.error().code, ErrorCode::Unauthorized);
    EXPECT_EQ(identity.error().message, keys().check("").error().message);
  }
}

TEST_F(KeyStoreTest, I7_AcceptsNoKeyAfterItsRevocationIsAnswered) {
  const auto key = create("tenant", {"request"});

  const auto ended = revoke(key->row.prefix);

  EXPECT_EQ(ended, 1U);
  EXPECT_FALSE(keys().check(key->text));
  EXPECT_FALSE(look_up(key->text));
  EXPECT_EQ(revoke(key->row.prefix).error().code, ErrorCode::NotFound);
}

TEST_F(KeyStoreTest, A11_EndsAllKeysOfAnAccountAtOnce) {
  const auto one = create("tenant", {"request"});
  const auto two = create("tenant", {"research"});
  const auto other = create("other", {"request"});
  std::promise<Result<uint64_t>> answer;

  keys().revoke_all(AccountId("tenant"), kNoon, kAtOnce,
                    [&](Result<uint64_t> ended) { answer.set_value(std::move(ended)); });

  EXPECT_EQ(answer.get_future().get(), 2U);
  EXPECT_FALSE(keys().check(one->text));
  EXPECT_FALSE(keys().check(two->text));
  EXPECT_TRUE(keys().check(other->text));
}

TEST_F(KeyStoreTest, FindsAKeyThatAnotherProcessHasJustMade) {
  const auto key = make_key("secret", AccountId("tenant"), *Rights::parse({"request"}), kNoon);
  const auto other_process = open();
  AccountTables tables(*other_process);
  tables.add_account(Account{AccountId("tenant"), ServiceClass::Free, 1}, kNoon);
  ASSERT_TRUE(tables.create_key(key.row));

  const auto found = look_up(key.text);

  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->service_class, ServiceClass::Free);
}

TEST_F(KeyStoreTest, AsksTheStoreOnlyOnceAboutAnUnknownKey) {
  const auto key = make_key("secret", AccountId("tenant"), Rights(), kNoon).text;
  EXPECT_FALSE(look_up(key));

  bool was_posted = false;
  keys().look_up(
      key,
      [&](const std::function<void()>& task) {
        was_posted = true;
        task();
      },
      [](const Result<Identity>& found) { EXPECT_FALSE(found); });

  EXPECT_FALSE(was_posted) << "memory tells it at once, on the asker's thread";
}

TEST_F(KeyStoreTest, RefusesAccountsAndRightsThatAreNone) {
  EXPECT_EQ(create("Bad Name", {"request"}).error().code, ErrorCode::BadRequest);
  EXPECT_EQ(create("tenant", {}).error().code, ErrorCode::BadRequest);
}

TEST_F(KeyStoreTest, ListsRevokedKeysToo) {
  const auto one = create("tenant", {"request"});
  (void)create("tenant", {"request"});
  (void)revoke(one->row.prefix);
  std::promise<size_t> answer;

  keys().list(kAtOnce, [&](Result<std::vector<KeyWithAccount>> rows) {
    answer.set_value(rows.value().size());
  });

  EXPECT_EQ(answer.get_future().get(), 2U);
}

TEST_F(KeyStoreTest, A7_ChecksAKeyInFarLessThanAMillisecond) {
  const auto key = create("tenant", {"request"})->text;
  std::vector<double> times_ms;
  for (int i = 0; i < 1'001; ++i) {
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(keys().check(key));
    times_ms.push_back(
        to_ms(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start)));
  }

  std::nth_element(times_ms.begin(), times_ms.begin() + 500, times_ms.end());
  EXPECT_LT(times_ms[500], 1.0);
}

}  // namespace
}  // namespace suan::web_api
