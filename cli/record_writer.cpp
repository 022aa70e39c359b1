#include "cli/record_writer.h"

#include <fstream>

#include <spdlog/spdlog.h>

#include "catalog/types/text.h"

namespace suan::cli {

RecordWriter::RecordWriter(std::filesystem::path folder)
    : folder_(std::move(folder)), thread_([this] { run(); }) {}

RecordWriter::~RecordWriter() {
  queue_.close();
}

void RecordWriter::keep(const std::string& run_id, const std::vector<std::string>& lines) {
  // The id becomes a file name, so it must be a plain one.
  if (!is_valid_name(run_id)) return;
  if (!queue_.try_push({run_id, lines})) {
    spdlog::error("benchmark run {}: {} lines were dropped, the disk is too slow", run_id,
                  lines.size());
  }
}

void RecordWriter::run() {
  while (const std::optional<Lines> item = queue_.pop()) {
    std::ofstream file(folder_ / (item->first + ".jsonl"), std::ios::app);
    for (const std::string& line : item->second)
      file << line << '\n';
    file.flush();
    if (!file) spdlog::error("benchmark run {}: its record cannot be written", item->first);
  }
}

}  // namespace suan::cli
