#include "web_api/accounts/usage_journal.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "catalog/store/usage_table.h"
#include "catalog/types/bounded_queue.h"
#include "web_api/accounts/journal_record.h"
#include "web_api/accounts/journal_segments.h"

namespace suan::web_api {
namespace {

using Clock = std::chrono::steady_clock;
using Durable = std::function<void(bool is_kept)>;

constexpr size_t kRowsPerSettlement = 500;
constexpr auto kCloseWithin = std::chrono::seconds(5);

struct Append {
  UsageRow row;
  Durable durable;
};

/// The store has answered about the rows that it was asked to keep.
struct Settled {
  bool is_kept = false;
};

struct Close {};

using Message = std::variant<Append, Settled, Close>;
using Messages = BoundedQueue<Message>;

}  // namespace

/// The journal's thread and what it shares with its callers.
struct UsageJournal::State {
  State(UsageJournalConfig settings, Store& rows_go_to, Store::Post post)
      : config(std::move(settings)),
        store(rows_go_to),
        answer_to(std::move(post)),
        segments(config.directory, config.segment_bytes),
        // Appends are counted apart, so that the other messages always find room.
        messages(std::make_shared<Messages>(config.rows_queued_max + 8)) {
    publish();
  }

  UsageJournalConfig config;
  Store& store;
  Store::Post answer_to;

  // Any thread.
  std::atomic<size_t> rows_queued = 0;
  std::atomic<uint64_t> bytes = 0;
  std::atomic<uint64_t> rows_unsettled = 0;
  std::atomic<bool> is_writable = true;
  std::atomic<bool> is_closing = false;

  // The journal's thread.
  JournalSegments segments;
  std::shared_ptr<Messages> messages;  // outlives us: the store may answer late
  bool is_settling = false;
  Clock::time_point settle_after{};
  Clock::time_point write_after{};
  std::optional<Clock::time_point> close_by;

  std::jthread thread;

  void run();
  std::vector<Append> next_messages();
  void receive(Message& message, std::vector<Append>& batch);
  void write(std::vector<Append> batch);
  void settle_some();
  void try_to_write_again();
  void publish();
  [[nodiscard]] bool may_end() const;
};

UsageJournal::UsageJournal(UsageJournalConfig config, Store& store, Store::Post answer_to)
    : state_(std::make_unique<State>(std::move(config), store, std::move(answer_to))) {
  for (const auto& warning : recovery().warnings)
    spdlog::warn("usage journal: {}", warning);
  state_->thread = std::jthread([state = state_.get()] { state->run(); });
}

UsageJournal::~UsageJournal() {
  state_->is_closing = true;
  (void)state_->messages->try_push(Close{});
  state_->thread.join();
}

bool UsageJournal::append(const UsageRow& row, Durable durable) {
  if (!has_room()) return false;
  if (state_->rows_queued.fetch_add(1) < state_->config.rows_queued_max &&
      state_->messages->try_push(Append{row, std::move(durable)})) {
    return true;
  }
  state_->rows_queued.fetch_sub(1);
  return false;
}

bool UsageJournal::has_room() const {
  const auto bytes_with_one_more =
      state_->bytes + (state_->rows_queued + 1) * kJournalRecordMax;
  return state_->is_writable && !state_->is_closing &&
         bytes_with_one_more <= state_->config.bytes_max;
}

const UsageRecovery& UsageJournal::recovery() const {
  return state_->segments.recovery();
}

uint64_t UsageJournal::bytes() const {
  return state_->bytes;
}

uint64_t UsageJournal::rows_unsettled() const {
  return state_->rows_unsettled;
}

void UsageJournal::State::run() {
  while (!may_end()) {
    auto batch = next_messages();
    if (!batch.empty()) write(std::move(batch));
    try_to_write_again();
    settle_some();
    publish();
  }
  segments.remove_settled();
}

/// Waits for something to do, a retry's time at most; gives the rows that came meanwhile.
std::vector<Append> UsageJournal::State::next_messages() {
  std::vector<Append> batch;
  // Work that waits for nobody's answer is not put off.
  const bool has_work =
      !is_settling && segments.rows_unsettled() > 0 && Clock::now() >= settle_after;
  auto message = has_work ? messages->try_pop() : messages->pop_for(config.retry_every);
  while (message) {
    receive(*message, batch);
    if (batch.size() >= kRowsPerSync) break;
    message = messages->try_pop();
  }
  return batch;
}

void UsageJournal::State::receive(Message& message, std::vector<Append>& batch) {
  if (auto* append = std::get_if<Append>(&message)) {
    batch.push_back(std::move(*append));
  } else if (const auto* settled = std::get_if<Settled>(&message)) {
    is_settling = false;
    if (settled->is_kept) {
      segments.settle();
    } else {
      settle_after = Clock::now() + config.retry_every;
    }
  } else {
    close_by = Clock::now() + kCloseWithin;
  }
}

void UsageJournal::State::write(std::vector<Append> batch) {
  std::vector<UsageRow> rows;
  std::vector<Durable> callbacks;
  rows.reserve(batch.size());
  callbacks.reserve(batch.size());
  for (auto& append : batch) {
    rows.push_back(std::move(append.row));
    callbacks.push_back(std::move(append.durable));
  }
  const bool is_kept = segments.append(rows);
  if (!is_kept) {
    is_writable = false;
    write_after = Clock::now() + config.retry_every;
  }
  publish();
  rows_queued.fetch_sub(rows.size());
  answer_to([callbacks = std::move(callbacks), is_kept] {
    for (const auto& durable : callbacks)
      durable(is_kept);
  });
}

/// Asks the store to keep the oldest rows, one batch at a time.
void UsageJournal::State::settle_some() {
  if (is_settling || segments.rows_unsettled() == 0 || Clock::now() < settle_after) return;
  const auto rows =
      std::make_shared<const std::vector<UsageRow>>(segments.unsettled(kRowsPerSettlement));
  if (rows->empty()) {
    settle_after = Clock::now() + config.retry_every;
    return;
  }
  is_settling = store.ask(
      [rows](Database& database) {
        UsageTable table(database);
        for (const auto& row : *rows)
          table.add(row);
      },
      [](const std::function<void()>& task) { task(); },
      [answers = messages](const std::string& error) {
        (void)answers->try_push(Settled{error.empty()});
      });
  if (!is_settling) settle_after = Clock::now() + config.retry_every;
}

void UsageJournal::State::try_to_write_again() {
  if (is_writable || Clock::now() < write_after) return;
  if (segments.begin_segment()) {
    spdlog::info("usage journal: the disk takes rows again");
    is_writable = true;
  } else {
    write_after = Clock::now() + config.retry_every;
  }
}

void UsageJournal::State::publish() {
  bytes = segments.bytes();
  rows_unsettled = segments.rows_unsettled();
}

/// Once closed and written: when all is settled, or the store takes too long or refuses.
bool UsageJournal::State::may_end() const {
  if (!close_by || messages->size() > 0) return false;
  const bool is_store_gone = !is_settling && settle_after > Clock::now();
  return segments.rows_unsettled() == 0 || is_store_gone || Clock::now() >= *close_by;
}

}  // namespace suan::web_api
