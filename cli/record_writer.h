#pragma once

#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catalog/wire/bounded_queue.h"

namespace suan::cli {

/// Appends the lines of benchmark runs to `FOLDER/<run>.jsonl`, on a thread of its own.
///
/// Threads:  `keep` any; never blocks. Lines that find the queue full are dropped with a log line.
class RecordWriter {
 public:
  explicit RecordWriter(std::filesystem::path folder);
  ~RecordWriter();  // writes what is queued
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  void keep(const std::string& run_id, const std::vector<std::string>& lines);

 private:
  using Lines = std::pair<std::string, std::vector<std::string>>;

  void run();

  std::filesystem::path folder_;
  BoundedQueue<Lines> queue_{4096};
  std::jthread thread_;
};

}  // namespace suan::cli
