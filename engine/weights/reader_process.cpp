#include "engine/weights/reader_process.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFirstFile = 3;

/// A started child; killed and reaped when destroyed.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ~Child() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// The status of a child that has ended; nothing while it runs.
  [[nodiscard]] std::optional<int> status() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

/// What a child starts with: posix_spawn's list of steps.
class Steps {
 public:
  Steps() { posix_spawn_file_actions_init(&actions_); }

  ~Steps() { posix_spawn_file_actions_destroy(&actions_); }

  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  void open_null(int as, int flags) {
    check(posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", flags, 0));
  }

  void copy(int from, int to) { check(posix_spawn_file_actions_adddup2(&actions_, from, to)); }

  void close_from(int first) {
    check(posix_spawn_file_actions_addclosefrom_np(&actions_, first));
  }

  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  static void check(int error) {
    if (error != 0) throw std::system_error(error, std::generic_category(), "posix_spawn");
  }

  posix_spawn_file_actions_t actions_{};
};

/// Copies above every number that the child uses, so that no step overwrites a later one's source.
Descriptor lifted(int descriptor, int above) {
  Descriptor copy(fcntl(descriptor, F_DUPFD_CLOEXEC, above));
  if (!copy.is_open()) {
    throw std::system_error(errno, std::generic_category(), "copying a descriptor");
  }
  return copy;
}

std::vector<std::string> arguments_of(const ReaderCommand& command, const FileSet& set) {
  std::vector<std::string> arguments = command.arguments;
  arguments.emplace_back(name_of(set.format));
  for (const OpenFile& file : set.files)
    arguments.push_back(file.name);
  return arguments;
}

pid_t start(const ReaderCommand& command, const FileSet& set, int answer_end) {
  const int above = kFirstFile + static_cast<int>(set.files.size());
  const Descriptor answer = lifted(answer_end, above);
  std::vector<Descriptor> sources;
  Steps steps;
  steps.open_null(0, O_RDONLY);
  steps.open_null(2, O_WRONLY);
  steps.copy(answer.number(), 1);
  for (const OpenFile& file : set.files) {
    sources.push_back(lifted(file.descriptor.number(), above));
    steps.copy(sources.back().number(), kFirstFile + static_cast<int>(sources.size()) - 1);
  }
  steps.close_from(above);

  std::vector<std::string> arguments = arguments_of(command, set);
  std::vector<char*> pointers;
  for (std::string& argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::array<char*, 1> no_environment = {nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, pointers[0], steps.get(), nullptr, pointers.data(),
                                no_environment.data());
  if (error != 0) {
    refuse(set.name, "the model reader {} cannot start: {}", pointers[0],
           std::generic_category().message(error));
  }
  return pid;
}

/// An honest answer repeats what the files hold; vocabularies and names need room beside.
uint64_t answer_bytes_max(const FileSet& set) {
  uint64_t bytes = 64 << 20;
  for (const OpenFile& file : set.files)
    bytes += std::min<uint64_t>(file.bytes, 256 << 20);
  return bytes;
}

[[noreturn]] void refuse_late(const ReaderCommand& command, const FileSet& set) {
  refuse(set.name, "the model reader did not finish within {} ms", command.timeout.count());
}

/// Waits until there is something to read, the other end closed, or time is up.
void wait_readable(int descriptor,
                   Clock::time_point deadline,
                   const ReaderCommand& command,
                   const FileSet& set) {
  pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) refuse_late(command, set);
    const int ready = poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waiting for the model reader");
    }
  }
}

std::vector<unsigned char> read_all(int descriptor,
                                    Clock::time_point deadline,
                                    const ReaderCommand& command,
                                    const FileSet& set) {
  const uint64_t limit = answer_bytes_max(set);
  std::vector<unsigned char> bytes;
  std::vector<unsigned char> piece(65'536);
  while (true) {
    wait_readable(descriptor, deadline, command, set);
    const ssize_t count = read(descriptor, piece.data(), piece.size());
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw std::system_error(errno, std::generic_category(),
                              "reading the model reader's answer");
    }
    if (bytes.size() + static_cast<size_t>(count) > limit) {
      refuse(set.name, "the model reader answered more than {} bytes", limit);
    }
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + count);
  }
}

/// After the end of its answer the child has only to exit.
void require_success(Child& child,
                     Clock::time_point deadline,
                     const ReaderCommand& command,
                     const FileSet& set) {
  std::optional<int> status = child.status();
  while (!status && Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    status = child.status();
  }
  if (!status) refuse_late(command, set);
  if (WIFSIGNALED(*status) && WTERMSIG(*status) == SIGXCPU) {
    refuse(set.name, "the model reader used up its processor time while it read the file");
  }
  if (WIFSIGNALED(*status)) {
    refuse(set.name, "the model reader was ended by signal {} ({}) while it read the file",
           WTERMSIG(*status), strsignal(WTERMSIG(*status)));
  }
  if (WEXITSTATUS(*status) != 0) {
    refuse(set.name, "the model reader failed with exit status {} while it read the file",
           WEXITSTATUS(*status));
  }
}

}  // namespace

std::vector<unsigned char> ask_reader(const ReaderCommand& command, const FileSet& set) {
  const auto deadline = Clock::now() + command.timeout;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "making a pipe");
  }
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Child child(start(command, set, write_end.number()));
  write_end = Descriptor();  // so that the child's end is the last

  std::vector<unsigned char> answer = read_all(read_end.number(), deadline, command, set);
  require_success(child, deadline, command, set);
  return answer;
}

}  // namespace suan::engine
