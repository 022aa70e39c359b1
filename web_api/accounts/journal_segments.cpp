#include "web_api/accounts/journal_segments.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "web_api/accounts/journal_record.h"

namespace suan::web_api {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".journal";

std::string why() {
  return std::system_category().message(errno);
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool sync_directory(const fs::path& directory) {
  const JournalFile folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.is_open() && ::fsync(folder.get()) == 0;
}

/// Bytes `from` to `to` of the file; shorter when it cannot be read so far.
std::string read_bytes(const fs::path& file, uint64_t from, uint64_t to) {
  std::string bytes(to - from, '\0');
  const JournalFile in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  size_t have = 0;
  while (in.is_open() && have < bytes.size()) {
    const ssize_t got = ::pread(in.get(), bytes.data() + have, bytes.size() - have,
                                static_cast<off_t>(from + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

JournalFile lock_directory(const fs::path& directory) {
  fs::create_directories(directory);
  fs::permissions(directory, fs::perms::owner_all);
  const auto file = directory / "lock";
  JournalFile lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open()) {
    throw std::runtime_error(fmt::format("cannot open {}: {}", file.string(), why()));
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    throw std::runtime_error(fmt::format("the usage journal in {} is in use by another process",
                                         directory.string()));
  }
  return lock;
}

/// Keeps what recovery cuts off, for an operator to look at.
void set_aside(const fs::path& file, const std::string& damaged) {
  std::ofstream(file.string() + ".damaged", std::ios::binary) << damaged;
}

/// Names sort as their sequences do.
std::vector<fs::path> segment_files(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == kSuffix) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

JournalFile::JournalFile(JournalFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

JournalFile& JournalFile::operator=(JournalFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

JournalFile::~JournalFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

JournalSegments::JournalSegments(fs::path directory, uint64_t segment_bytes)
    : directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      lock_(lock_directory(directory_)) {
  for (const auto& file : segment_files(directory_))
    recover(file);
  recovery_.rows = rows_unsettled_;
  if (!begin_segment()) {
    throw std::runtime_error(
        fmt::format("cannot write the usage journal in {}: {}", directory_.string(), why()));
  }
}

void JournalSegments::recover(const fs::path& file) {
  const auto bytes = read_bytes(file, 0, fs::file_size(file));
  const auto scan = scan_journal(bytes);
  if (scan.good_bytes < bytes.size()) {
    set_aside(file, bytes.substr(scan.good_bytes));
    recovery_.warnings.push_back(fmt::format(
        "{0}: kept {1} rows in {2} bytes, cut {3} damaged bytes (now in {0}.damaged)",
        file.filename().string(), scan.rows, scan.good_bytes, bytes.size() - scan.good_bytes));
  }
  next_sequence_ = std::max(next_sequence_, scan.first_sequence + scan.rows);
  if (scan.rows == 0) {
    fs::remove(file);
    return;
  }
  if (scan.good_bytes < bytes.size()) fs::resize_file(file, scan.good_bytes);
  if (segments_.empty()) {
    settled_bytes_ = kJournalHeaderBytes;
    settled_sequence_ = scan.first_sequence;
  }
  segments_.push_back(Segment{file, scan.first_sequence, scan.good_bytes});
  rows_unsettled_ += scan.rows;
}

bool JournalSegments::begin_segment() {
  const auto file = directory_ / fmt::format("{:016x}{}", next_sequence_, kSuffix);
  JournalFile next(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!next.is_open() || !write_all(next.get(), journal_header(next_sequence_)) ||
      ::fdatasync(next.get()) != 0 || !sync_directory(directory_)) {
    spdlog::error("usage journal: cannot begin {}: {}", file.string(), why());
    return false;
  }
  // A segment that got no row has the same name, and was just made anew.
  if (!segments_.empty() && segments_.back().file == file) segments_.pop_back();
  active_ = std::move(next);
  segments_.push_back(Segment{file, next_sequence_, kJournalHeaderBytes});
  if (segments_.size() == 1) {
    settled_bytes_ = kJournalHeaderBytes;
    settled_sequence_ = next_sequence_;
  }
  return true;
}

bool JournalSegments::append(const std::vector<UsageRow>& rows) {
  const bool is_long = active_.is_open() && segments_.back().bytes >= segment_bytes_;
  if ((!active_.is_open() || is_long) && !begin_segment()) return false;

  std::string bytes;
  uint64_t sequence = next_sequence_;
  for (const auto& row : rows)
    append_journal_record(bytes, JournalRecord{sequence++, row});
  if (!write_all(active_.get(), bytes) || ::fdatasync(active_.get()) != 0) {
    spdlog::error("usage journal: cannot write {}: {}", segments_.back().file.string(), why());
    // After a failed fdatasync nobody knows what is on the disk, so this file gets no more.
    // Its tail may come back at the next start, though these rows count as not kept: harmless,
    // since a row has one key in the store. Their numbers are used up, so that none is doubled.
    if (::ftruncate(active_.get(), static_cast<off_t>(segments_.back().bytes)) != 0) {
      spdlog::warn("usage journal: its torn tail stays until the next start: {}", why());
    }
    next_sequence_ = sequence;
    active_ = JournalFile();
    return false;
  }
  next_sequence_ = sequence;
  segments_.back().bytes += bytes.size();
  rows_unsettled_ += rows.size();
  return true;
}

std::vector<UsageRow> JournalSegments::unsettled(size_t limit) {
  while (segments_.size() > 1 && settled_bytes_ >= segments_.front().bytes)
    remove_front();
  const auto& segment = segments_.front();
  const auto end = std::min(segment.bytes, settled_bytes_ + limit * kJournalRecordMax);
  const auto bytes = read_bytes(segment.file, settled_bytes_, end);
  std::vector<UsageRow> rows;
  given_bytes_ = 0;
  while (rows.size() < limit) {
    auto piece = read_journal_record(std::string_view(bytes).substr(given_bytes_),
                                     settled_sequence_ + rows.size());
    if (!piece) break;
    given_bytes_ += piece->bytes;
    rows.push_back(std::move(piece->record.row));
  }
  given_rows_ = rows.size();
  if (rows.empty() && settled_bytes_ < segment.bytes) {
    spdlog::error("usage journal: {} cannot be read back at byte {}", segment.file.string(),
                  settled_bytes_);
  }
  return rows;
}

void JournalSegments::settle() {
  settled_bytes_ += given_bytes_;
  settled_sequence_ += given_rows_;
  rows_unsettled_ -= given_rows_;
  given_bytes_ = 0;
  given_rows_ = 0;
  while (segments_.size() > 1 && settled_bytes_ >= segments_.front().bytes)
    remove_front();
}

void JournalSegments::remove_front() {
  std::error_code ignored;
  fs::remove(segments_.front().file, ignored);
  segments_.pop_front();
  settled_bytes_ = kJournalHeaderBytes;
  settled_sequence_ = segments_.front().first_sequence;
}

void JournalSegments::remove_settled() {
  if (rows_unsettled_ > 0) return;
  active_ = JournalFile();
  std::error_code ignored;
  for (const auto& segment : segments_)
    fs::remove(segment.file, ignored);
}

uint64_t JournalSegments::bytes() const {
  uint64_t bytes = 0;
  for (const auto& segment : segments_)
    bytes += segment.bytes;
  return bytes;
}

}  // namespace suan::web_api
