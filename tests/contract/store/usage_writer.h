#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <sys/types.h>

namespace suan::testing {

/// A child process that inserts usage rows `first`, `first` + 1, ... through a StoreThread, and
/// tells the number of each row that was acknowledged. Rows that failed are asked again.
class UsageWriter {
 public:
  UsageWriter(const std::string& url, uint64_t first);
  ~UsageWriter();
  UsageWriter(const UsageWriter&) = delete;
  UsageWriter& operator=(const UsageWriter&) = delete;

  /// Waits until `count` rows are acknowledged in all; throws after 60 s.
  void wait_for(size_t count);

  /// SIGKILL; then reads what was acknowledged until then.
  void kill();

  [[nodiscard]] const std::set<uint64_t>& acknowledged() const { return acknowledged_; }

 private:
  bool read_one(int timeout_ms);

  pid_t child_ = -1;
  int pipe_ = -1;
  std::set<uint64_t> acknowledged_;
};

}  // namespace suan::testing
