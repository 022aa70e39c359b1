#include "catalog/wire/keys.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/core.h>
#include <zmq.h>

#include "catalog/types/bytes.h"

namespace suan {

namespace {

constexpr size_t kZ85Length = 40;
using Z85 = std::array<char, kZ85Length + 1>;

[[noreturn]] void throw_errno(const char* verb, const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(),
                          fmt::format("cannot {} {}", verb, file.string()));
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

void write_all(const Descriptor& out,
               std::string_view bytes,
               const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(out.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("write", file);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void sync_directory(const std::filesystem::path& directory) {
  const Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.get()) != 0) throw_errno("sync", directory);
}

void refuse_if_others_can_read(const std::filesystem::path& file) {
  struct stat status {};

  if (::stat(file.c_str(), &status) != 0) throw_errno("read", file);
  if ((status.st_mode & 0077U) == 0) return;
  throw std::runtime_error(fmt::format(
      "{} can be read by others; it holds a secret key: chmod 600 it", file.string()));
}

CurveKeyPair read_keys(const std::filesystem::path& file) {
  refuse_if_others_can_read(file);
  std::ifstream in(file);
  std::string secret;
  if (!std::getline(in, secret)) throw_errno("read", file);
  try {
    return {curve_public_of(secret), secret};
  } catch (const std::invalid_argument&) {
    throw std::runtime_error(fmt::format("{} holds no CURVE key", file.string()));
  }
}

}  // namespace

CurveKeyPair make_curve_key_pair() {
  Z85 public_z85{};
  Z85 secret_z85{};
  if (zmq_curve_keypair(public_z85.data(), secret_z85.data()) != 0) {
    throw std::runtime_error("libzmq was built without CURVE");
  }
  return {public_z85.data(), secret_z85.data()};
}

CurveKeyPair load_or_make_curve_keys(const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) return read_keys(file);
  CurveKeyPair keys = make_curve_key_pair();
  write_secret_file(file, keys.secret_z85 + "\n");
  return keys;
}

std::string curve_public_of(const std::string& secret_z85) {
  Z85 public_z85{};
  const bool has_length = secret_z85.size() == kZ85Length;
  if (!has_length || zmq_curve_public(public_z85.data(), secret_z85.c_str()) != 0) {
    throw std::invalid_argument("not a CURVE secret key of 40 Z85 characters");
  }
  return public_z85.data();
}

std::string fingerprint_of(const std::string& public_z85) {
  return to_hex(sha256(public_z85)).substr(0, 16);
}

void write_secret_file(const std::filesystem::path& file, const std::string& bytes) {
  const std::filesystem::path directory = file.has_parent_path() ? file.parent_path() : ".";
  std::filesystem::create_directories(directory);
  const std::filesystem::path temporary = file.string() + fmt::format(".{}.tmp", ::getpid());

  ::unlink(temporary.c_str());  // left by a crash: its mode may be another
  {
    const Descriptor out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!out.is_open()) throw_errno("write", temporary);
    write_all(out, bytes, temporary);
    if (::fsync(out.get()) != 0) throw_errno("write", temporary);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) throw_errno("write", file);
  sync_directory(directory);
}

}  // namespace suan
