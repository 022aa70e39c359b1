#include "catalog/store/store_thread.h"

#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/store/usage_table.h"
#include "catalog/types/bounded_queue.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::usage_row;

const Store::Post kAtOnce = [](const std::function<void()>& task) { task(); };

std::unique_ptr<Database> empty_store() {
  auto database = open_database("sqlite::memory:");
  migrate(*database);
  return database;
}

/// Keeps the store's thread busy until `release`, so that jobs queue up behind it.
class Blocker {
 public:
  explicit Blocker(StoreThread& store) {
    auto started = std::make_shared<std::promise<void>>();
    auto is_running = started->get_future();
    const bool is_queued = store.ask(
        [started, gate = gate_.get_future().share()](Database&) {
          started->set_value();
          gate.wait();
        },
        kAtOnce, {});
    EXPECT_TRUE(is_queued);
    is_running.wait();
  }

  void release() { gate_.set_value(); }

 private:
  std::promise<void> gate_;
};

TEST(StoreThread, AnswersInOrderWithoutErrors) {
  std::vector<int> answers;
  {
    StoreThread store(empty_store());
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(store.ask(
          [i](Database& database) {
            UsageTable(database).add(usage_row(static_cast<uint64_t>(i)));
          },
          kAtOnce,
          [i, &answers](const std::string& error) {
            EXPECT_EQ(error, "");
            answers.push_back(i);
          }));
    }
  }

  ASSERT_EQ(answers.size(), 100U);
  EXPECT_TRUE(std::is_sorted(answers.begin(), answers.end()));
}

TEST(StoreThread, AnswersThroughThePostOfTheAsker) {
  BoundedQueue<std::function<void()>> loop(10);  // outlives the thread that posts to it
  StoreThread store(empty_store());
  std::thread::id answered_on;

  ASSERT_TRUE(store.ask(
      [](Database&) {},
      [&](std::function<void()> task) { ASSERT_TRUE(loop.try_push(std::move(task))); },
      [&](const std::string&) { answered_on = std::this_thread::get_id(); }));
  (*loop.pop())();

  EXPECT_EQ(answered_on, std::this_thread::get_id());
}

TEST(StoreThread, RefusesMoreThanItsQueueHolds) {
  StoreThread store(empty_store(), 2);
  Blocker blocker(store);

  EXPECT_TRUE(store.ask([](Database&) {}, kAtOnce, {}));
  EXPECT_TRUE(store.ask([](Database&) {}, kAtOnce, {}));
  EXPECT_FALSE(store.ask([](Database&) {}, kAtOnce, {}));

  blocker.release();
}

TEST(StoreThread, AJobThatFailsTakesNoneOfItsNeighboursAlong) {
  std::vector<std::string> errors;
  uint64_t rows = 0;
  const auto note = [&](const std::string& error) { errors.push_back(error); };
  {
    StoreThread store(empty_store());
    Blocker blocker(store);
    const auto add = [](uint64_t n) {
      return [n](Database& database) { UsageTable(database).add(usage_row(n)); };
    };
    ASSERT_TRUE(store.ask(add(1), kAtOnce, note));
    ASSERT_TRUE(store.ask(
        [](Database& database) {
          UsageTable(database).add(usage_row(2));
          throw std::runtime_error("a bad job");
        },
        kAtOnce, note));
    ASSERT_TRUE(store.ask(add(3), kAtOnce, note));
    ASSERT_TRUE(store.ask([&](Database& database) { rows = UsageTable(database).rows_total(); },
                          kAtOnce, note));
    blocker.release();
  }

  EXPECT_EQ(errors, (std::vector<std::string>{"", "a bad job", "", ""}));
  EXPECT_EQ(rows, 2U);
}

/// Fails as a database does whose server is gone.
class GoneDatabase final : public Database {
 public:
  SqlRows execute(std::string_view, const std::vector<SqlValue>&) override { return {}; }

  void in_transaction(const std::function<void(Database&)>&) override {
    throw StoreError("the server is gone", true);
  }

  [[nodiscard]] std::string_view kind() const override { return "gone"; }
};

TEST(StoreThread, GivesUpAtOnceWhenItIsClosedAndTheStoreIsGone) {
  int failures = 0;
  {
    StoreThread store(std::make_unique<GoneDatabase>());
    for (int i = 0; i < 5'000; ++i) {
      ASSERT_TRUE(store.ask([](Database&) {}, kAtOnce,
                            [&](const std::string& error) { failures += !error.empty(); }));
    }
  }

  EXPECT_EQ(failures, 5'000);
}

}  // namespace
}  // namespace suan
