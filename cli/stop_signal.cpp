#include "cli/stop_signal.h"

#include <csignal>
#include <ctime>
#include <utility>

namespace suan::cli {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::jthread([this] { watch(); });
}

StopSignal::~StopSignal() {
  is_ending_ = true;
}

void StopSignal::on_first(std::function<void()> handler) {
  std::unique_lock lock(mutex_);
  first_ = std::move(handler);
  // A signal that came before there was a handler still counts.
  if (count_ > 0 && first_) {
    const auto run = first_;
    lock.unlock();
    run();
  }
}

void StopSignal::on_second(std::function<void()> handler) {
  const std::scoped_lock lock(mutex_);
  second_ = std::move(handler);
}

void StopSignal::wait() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return count_ > 0; });
}

void StopSignal::watch() {
  const sigset_t set = stop_signals();
  while (!is_ending_) {
    const timespec tenth{.tv_sec = 0, .tv_nsec = 100'000'000};
    if (sigtimedwait(&set, nullptr, &tenth) < 0) continue;
    std::function<void()> run;
    {
      const std::scoped_lock lock(mutex_);
      run = count_ == 0 ? first_ : second_;
      ++count_;
    }
    arrived_.notify_all();
    if (run) run();
  }
}

}  // namespace suan::cli
