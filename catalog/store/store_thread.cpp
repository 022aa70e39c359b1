#include "catalog/store/store_thread.h"

#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "catalog/types/bounded_queue.h"

namespace suan {
namespace {

struct Ask {
  Store::Job job;
  Store::Post answer_to;
  Store::Then then;
};

void answer(Ask& ask, const std::string& error) {
  if (!ask.then) return;
  ask.answer_to([then = std::move(ask.then), error] { then(error); });
}

/// How a transaction ended; `error` is empty when it committed.
struct Ending {
  std::string error;
  bool is_transient = false;  // no job's fault: the store cannot be reached
};

template <class Action>
Ending ending_of(const Action& action) {
  try {
    action();
    return {};
  } catch (const StoreError& error) {
    return {error.what(), error.is_transient()};
  } catch (const std::exception& error) {
    return {*error.what() == '\0' ? "the job failed" : error.what(), false};
  }
}

}  // namespace

struct StoreThread::State {
  State(std::unique_ptr<Database> opened, size_t queue_max)
      : database(std::move(opened)), queue(queue_max) {}

  std::unique_ptr<Database> database;
  BoundedQueue<Ask> queue;
  bool is_given_up = false;  // of the thread alone

  void run();
  std::vector<Ask> next_batch();
  void run_batch(std::vector<Ask>& batch);
  void run_alone(Ask& ask);
};

StoreThread::StoreThread(std::unique_ptr<Database> database, size_t queue_max)
    : state_(std::make_unique<State>(std::move(database), queue_max)),
      thread_([state = state_.get()] { state->run(); }) {}

StoreThread::~StoreThread() {
  state_->queue.close();
  thread_.join();
}

bool StoreThread::ask(Job job, Post answer_to, Then then) {
  return state_->queue.try_push(Ask{std::move(job), std::move(answer_to), std::move(then)});
}

size_t StoreThread::queued() const {
  return state_->queue.size();
}

void StoreThread::State::run() {
  for (auto batch = next_batch(); !batch.empty(); batch = next_batch())
    run_batch(batch);
}

/// Waits for one job, then takes what else is there; empty at the end.
std::vector<Ask> StoreThread::State::next_batch() {
  std::vector<Ask> batch;
  auto first = queue.pop();
  if (!first) return batch;
  batch.push_back(std::move(*first));
  while (batch.size() < kBatchMax) {
    auto more = queue.try_pop();
    if (!more) break;
    batch.push_back(std::move(*more));
  }
  return batch;
}

void StoreThread::State::run_batch(std::vector<Ask>& batch) {
  Ending ending{"the store failed while it was being closed", true};
  if (!is_given_up) {
    ending = ending_of([&] {
      database->in_transaction([&](Database& store) {
        for (const auto& ask : batch)
          ask.job(store);
      });
    });
    is_given_up = ending.is_transient && queue.is_closed();
    if (!ending.error.empty()) {
      spdlog::error("store: a transaction of {} jobs failed: {}", batch.size(), ending.error);
    }
  }
  const bool may_be_one_jobs_fault = !ending.error.empty() && !ending.is_transient;
  for (auto& ask : batch) {
    if (may_be_one_jobs_fault && batch.size() > 1) {
      run_alone(ask);
    } else {
      answer(ask, ending.error);
    }
  }
}

void StoreThread::State::run_alone(Ask& ask) {
  const auto ending = ending_of([&] { database->in_transaction(ask.job); });
  if (!ending.error.empty()) spdlog::error("store: a job failed: {}", ending.error);
  answer(ask, ending.error);
}

}  // namespace suan
