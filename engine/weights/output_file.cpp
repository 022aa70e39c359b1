#include "engine/weights/output_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

/// Makes the rename itself durable; a file system that cannot is no reason to fail.
void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.is_open()) fsync(descriptor.number());
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path)
    : path_(path), name_(path.filename().string()) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
    refuse(name_, "exists already; nothing is ever written over it");
  }
  std::string pattern = path.string() + ".part-XXXXXX";
  descriptor_ = Descriptor(mkostemp(pattern.data(), O_CLOEXEC));
  if (!descriptor_.is_open()) fail("cannot be made");
  temporary_ = pattern;
  if (fchmod(descriptor_.number(), 0644) != 0) fail("cannot be made readable");
  buffer_.reserve(kBufferBytes);
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::reserve(uint64_t bytes) {
  if (fallocate(descriptor_.number(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) == 0) {
    return;
  }
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) {
    refuse(name_, "needs {} bytes: {}", bytes, std::generic_category().message(errno));
  }
}

void OutputFile::write(std::span<const unsigned char> bytes) {
  position_ += bytes.size();
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kBufferBytes - buffer_.size());
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (buffer_.size() == kBufferBytes) flush();
  }
}

void OutputFile::write(std::string_view bytes) {
  write({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

void OutputFile::pad(uint64_t alignment) {
  constexpr std::array<unsigned char, 64> kZeros{};
  while (position_ % alignment != 0) {
    const uint64_t missing = alignment - position_ % alignment;
    write(std::span(kZeros).first(std::min<uint64_t>(missing, kZeros.size())));
  }
}

void OutputFile::finish() {
  flush();
  if (fsync(descriptor_.number()) != 0) fail("cannot be written to the disk");
  // NOREPLACE: what appeared in the meantime stays. Some file systems cannot; they just rename.
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EINVAL && errno != ENOSYS) fail("cannot be given its name");
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be given its name");
  }
  temporary_.clear();
  sync_folder(path_.parent_path());
}

void OutputFile::flush() {
  std::span<const unsigned char> left(buffer_);
  while (!left.empty()) {
    const ssize_t count = ::write(descriptor_.number(), left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("cannot be written");
    left = left.subspan(static_cast<size_t>(count));
  }
  buffer_.clear();
}

void OutputFile::fail(const char* what) const {
  refuse(name_, "{}: {}", what, std::generic_category().message(errno));
}

}  // namespace suan::engine
