#include "tests/contract/store/usage_writer.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "catalog/store/store_thread.h"
#include "catalog/store/usage_table.h"
#include "tests/support/rows.h"

namespace suan::testing {
namespace {

using namespace std::chrono_literals;

/// The child's life: up to 64 rows in flight, until it is killed.
[[noreturn]] void write_rows(const std::string& url, uint64_t first, int acknowledge_to) {
  constexpr int kInFlightMax = 64;
  spdlog::set_level(spdlog::level::off);
  StoreThread store(open_database(url));
  std::atomic<int> in_flight = 0;
  const Store::Post at_once = [](const std::function<void()>& task) { task(); };

  std::function<void(uint64_t)> ask = [&](uint64_t n) {
    const bool is_taken =
        store.ask([n](Database& database) { UsageTable(database).add(usage_row(n)); }, at_once,
                  [&, n](const std::string& error) {
                    if (!error.empty()) return ask(n);
                    --in_flight;
                    if (write(acknowledge_to, &n, sizeof n) != sizeof n) _exit(1);
                  });
    if (!is_taken) _exit(2);
  };
  for (uint64_t n = first;; ++n) {
    while (in_flight >= kInFlightMax)
      std::this_thread::sleep_for(50us);
    ++in_flight;
    ask(n);
  }
}

}  // namespace

UsageWriter::UsageWriter(const std::string& url, uint64_t first) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe failed");
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("fork failed");
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    try {
      write_rows(url, first, ends[1]);
    } catch (...) {
      _exit(3);
    }
  }
  close(ends[1]);
  pipe_ = ends[0];
}

UsageWriter::~UsageWriter() {
  kill();
  close(pipe_);
}

bool UsageWriter::read_one(int timeout_ms) {
  pollfd ready{pipe_, POLLIN, 0};
  if (poll(&ready, 1, timeout_ms) <= 0) return false;
  uint64_t row = 0;
  if (read(pipe_, &row, sizeof row) != sizeof row) return false;
  acknowledged_.insert(row);
  return true;
}

void UsageWriter::wait_for(size_t count) {
  while (acknowledged_.size() < count) {
    if (!read_one(60'000)) throw std::runtime_error("the writer stopped acknowledging");
  }
}

void UsageWriter::kill() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = -1;
  while (read_one(1'000)) {
  }
}

}  // namespace suan::testing
