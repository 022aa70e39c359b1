#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "catalog/types/time.h"

namespace suan::testing {

/// A program that a test runs, with its output in a file; killed when the test ends.
///
/// Errors:   throws std::runtime_error when it cannot be started
class Process {
 public:
  Process(const std::vector<std::string>& arguments, std::filesystem::path output);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  /// SIGKILL, and waits for its end.
  void kill();
  /// The exit status, or -1 when it has not ended within `most`.
  int wait_for_end(Duration most);
  [[nodiscard]] bool is_alive();

  /// What it has written so far.
  [[nodiscard]] std::string output() const;
  /// Waits until the output holds `text`; false after `most`, or when the process has ended.
  [[nodiscard]] bool says(const std::string& text, Duration most);

 private:
  std::filesystem::path output_;
  pid_t pid_ = -1;
  int status_ = -1;
  bool has_ended_ = false;
};

}  // namespace suan::testing
