#include "web_api/accounts/usage_journal.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "catalog/store/store_thread.h"
#include "catalog/store/usage_table.h"
#include "tests/support/rows.h"
#include "tests/support/temporary_folder.h"

namespace suan::web_api {
namespace {

using suan::testing::request_id;
using suan::testing::TemporaryFolder;
using suan::testing::usage_row;

const Store::Post kAtOnce = [](const std::function<void()>& task) { task(); };

/// Answers each job with an error until it is told to work.
class ShakyStore final : public Store {
 public:
  explicit ShakyStore(std::unique_ptr<Database> database) : store_(std::move(database)) {}

  bool ask(Job job, Post answer_to, Then then) override {
    ++asked;
    if (is_gone) {
      answer_to([then] { then("the store is gone"); });
      return true;
    }
    return store_.ask(std::move(job), std::move(answer_to), std::move(then));
  }

  std::atomic<bool> is_gone = false;
  std::atomic<int> asked = 0;

 private:
  StoreThread store_;
};

class UsageJournalTest : public ::testing::Test {
 protected:
  UsageJournalTest() : store_(open()) {}

  [[nodiscard]] std::unique_ptr<Database> open() const {
    auto database = open_database("sqlite:" + (folder_.path() / "suan.db").string());
    migrate(*database);
    return database;
  }

  [[nodiscard]] UsageJournalConfig config() const {
    UsageJournalConfig config;
    config.directory = folder_.path() / "journal";
    config.retry_every = 5ms;
    return config;
  }

  /// Appends and waits for the answer.
  static bool append(UsageJournal& journal, uint64_t n) {
    std::promise<bool> answer;
    if (!journal.append(usage_row(n), [&](bool is_kept) { answer.set_value(is_kept); }))
      return false;
    return answer.get_future().get();
  }

  [[nodiscard]] uint64_t rows_in_store() const { return UsageTable(*open()).rows_total(); }

  ShakyStore& store() { return store_; }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  ShakyStore store_;
};

TEST_F(UsageJournalTest, L3_AnswersOnceARowIsDurable) {
  UsageJournal journal(config(), store(), kAtOnce);

  EXPECT_TRUE(append(journal, 1));

  EXPECT_TRUE(journal.has_room());
}

TEST_F(UsageJournalTest, SettlesEveryRowIntoTheStoreAndLeavesNoFile) {
  {
    UsageJournal journal(config(), store(), kAtOnce);
    for (uint64_t n = 0; n < 1'200; ++n) {
      ASSERT_TRUE(journal.append(usage_row(n), [](bool is_kept) { EXPECT_TRUE(is_kept); }));
    }
  }

  EXPECT_EQ(rows_in_store(), 1'200U);
  for (const auto& entry : std::filesystem::directory_iterator(folder() / "journal")) {
    EXPECT_EQ(entry.path().filename(), "lock");
  }
}

TEST_F(UsageJournalTest, L4_KeepsRowsWhileTheStoreIsGoneAndSettlesThemLater) {
  store().is_gone = true;
  UsageJournal journal(config(), store(), kAtOnce);
  for (uint64_t n = 0; n < 20; ++n)
    EXPECT_TRUE(append(journal, n));
  EXPECT_EQ(journal.rows_unsettled(), 20U);

  store().is_gone = false;

  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (journal.rows_unsettled() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(rows_in_store(), 20U);
}

TEST_F(UsageJournalTest, L3_SendsUnsettledRowsToTheStoreAfterARestart) {
  store().is_gone = true;
  {
    UsageJournal journal(config(), store(), kAtOnce);
    for (uint64_t n = 0; n < 20; ++n)
      EXPECT_TRUE(append(journal, n));
  }
  store().is_gone = false;
  UsageTable(*open()).add(usage_row(7));  // had been settled, but the answer was lost

  { const UsageJournal again(config(), store(), kAtOnce); }

  EXPECT_EQ(rows_in_store(), 20U);
  EXPECT_EQ(UsageTable(*open()).of_request(request_id(19)),
            std::vector<UsageRow>{usage_row(19)});
}

TEST_F(UsageJournalTest, L4_RefusesRowsOnceItIsFullAndTakesThemAgainAfterwards) {
  store().is_gone = true;
  auto small = config();
  small.bytes_max = 6'000;
  small.segment_bytes = 1'000;
  UsageJournal journal(small, store(), kAtOnce);
  uint64_t kept = 0;
  while (append(journal, kept))
    ++kept;
  EXPECT_GT(kept, 10U);
  EXPECT_FALSE(journal.has_room());
  EXPECT_LE(journal.bytes(), small.bytes_max);

  store().is_gone = false;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!journal.has_room() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }

  EXPECT_TRUE(append(journal, kept));
}

TEST_F(UsageJournalTest, SharesOneSyncAmongRowsThatCameTogether) {
  UsageJournal journal(config(), store(), kAtOnce);
  constexpr int kRows = 5'000;
  std::atomic<int> kept = 0;

  const auto start = std::chrono::steady_clock::now();
  for (uint64_t n = 0; n < kRows; ++n) {
    ASSERT_TRUE(journal.append(usage_row(n), [&](bool is_kept) { kept += is_kept ? 1 : 0; }));
  }
  while (kept < kRows)
    std::this_thread::yield();
  const auto elapsed = std::chrono::steady_clock::now() - start;

  // One sync each would be 5,000 of them; a disk does some hundreds to thousands a second.
  RecordProperty("rows_per_s",
                 static_cast<int>(kRows / std::chrono::duration<double>(elapsed).count()));
  EXPECT_LT(elapsed, 5s);
}

TEST_F(UsageJournalTest, AnswersThroughThePostOfItsOwner) {
  std::atomic<int> posts = 0;
  std::promise<bool> answer;
  UsageJournal journal(config(), store(), [&](const std::function<void()>& task) {
    ++posts;
    task();
  });

  ASSERT_TRUE(journal.append(usage_row(1), [&](bool is_kept) { answer.set_value(is_kept); }));

  EXPECT_TRUE(answer.get_future().get());
  EXPECT_EQ(posts, 1);
}

}  // namespace
}  // namespace suan::web_api
