// kill -9 of a process that writes the journal: every acknowledged row comes back, none twice.

#include <chrono>
#include <poll.h>
#include <set>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "catalog/store/store_thread.h"
#include "catalog/store/usage_table.h"
#include "catalog/types/random.h"
#include "tests/support/rows.h"
#include "tests/support/temporary_folder.h"
#include "web_api/accounts/usage_journal.h"

namespace suan::web_api {
namespace {

using suan::testing::request_id;
using suan::testing::TemporaryFolder;
using suan::testing::usage_row;

/// A store that is not there: rows stay in the journal.
class NoStore final : public Store {
 public:
  bool ask(Job, Post, Then) override { return false; }
};

const Store::Post kAtOnce = [](const std::function<void()>& task) { task(); };

std::string url_of(const std::filesystem::path& folder) {
  return "sqlite:" + (folder / "suan.db").string();
}

UsageJournalConfig config_of(const std::filesystem::path& folder) {
  UsageJournalConfig config;
  config.directory = folder / "journal";
  config.segment_bytes = 20'000;  // so that segments end and begin all the time
  config.retry_every = 5ms;
  return config;
}

/// The child's life: appends rows and tells which are durable, until it is killed.
[[noreturn]] void append_rows(const std::filesystem::path& folder,
                              bool has_store,
                              uint64_t first,
                              int acknowledge_to) {
  spdlog::set_level(spdlog::level::off);
  StoreThread live(open_database(url_of(folder)));
  NoStore none;
  Store& store = has_store ? static_cast<Store&>(live) : none;
  UsageJournal journal(config_of(folder), store, kAtOnce);
  for (uint64_t n = first;; ++n) {
    const auto acknowledge = [n, acknowledge_to](bool is_kept) {
      if (!is_kept || write(acknowledge_to, &n, sizeof n) != sizeof n) _exit(1);
    };
    while (!journal.append(usage_row(n), acknowledge))
      std::this_thread::yield();
    if (n % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

/// Runs a child until it has acknowledged `count` rows, kills it, and gives all that it had.
std::set<uint64_t> run_and_kill(const std::filesystem::path& folder,
                                bool has_store,
                                uint64_t first,
                                size_t count) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      append_rows(folder, has_store, first, ends[1]);
    } catch (...) {
      _exit(3);
    }
  }
  close(ends[1]);
  std::set<uint64_t> acknowledged;
  uint64_t n = 0;
  bool is_killed = false;
  while (read(ends[0], &n, sizeof n) == sizeof n) {
    acknowledged.insert(n);
    if (is_killed || acknowledged.size() < count) continue;
    kill(child, SIGKILL);
    is_killed = true;
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(is_killed) << "the child ended by itself with " << status;
  return acknowledged;
}

void kill_in_rounds(bool has_store, uint64_t seed) {
  const TemporaryFolder folder;
  migrate(*open_database(url_of(folder.path())));
  Random random(seed);
  std::set<uint64_t> acknowledged;
  for (int round = 0; round < 15; ++round) {
    // Rows in doubt are repeated by the next process, as a gateway's retry would.
    const auto first = acknowledged.empty() ? 0 : *acknowledged.rbegin() + 1;
    acknowledged.merge(run_and_kill(folder.path(), has_store, first, 1 + random.below(400)));
  }

  {
    StoreThread store(open_database(url_of(folder.path())));
    const UsageJournal journal(config_of(folder.path()), store, kAtOnce);
    EXPECT_LE(journal.recovery().warnings.size(), 1U) << "one torn tail at most";
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (journal.rows_unsettled() > 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(journal.rows_unsettled(), 0U);
  }

  const auto database = open_database(url_of(folder.path()));
  UsageTable usage(*database);
  for (const auto n : acknowledged) {
    ASSERT_EQ(usage.of_request(request_id(n)), std::vector<UsageRow>{usage_row(n)})
        << "row " << n;
  }
  EXPECT_GE(acknowledged.size(), 15U);
}

TEST(UsageJournalCrash, L3_KeepsEachAcknowledgedRowWhileTheStoreSettlesThem) {
  kill_in_rounds(true, 21);
}

TEST(UsageJournalCrash, L3_KeepsEachAcknowledgedRowWhileTheStoreIsGone) {
  kill_in_rounds(false, 22);
}

}  // namespace
}  // namespace suan::web_api
