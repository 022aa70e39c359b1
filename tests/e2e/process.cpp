#include "tests/e2e/process.h"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/support/temporary_folder.h"

namespace suan::testing {

namespace {

using Steady = std::chrono::steady_clock;

/// Whether `holds` becomes true within `most`.
template <class Condition>
bool becomes(Duration most, const Condition& holds) {
  const auto end = Steady::now() + most;
  while (!holds()) {
    if (Steady::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, std::filesystem::path output)
    : output_(std::move(output)) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, output_.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  const int failed = posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

Process::~Process() {
  kill();
}

void Process::signal(int number) const {
  if (!has_ended_) ::kill(pid_, number);
}

void Process::kill() {
  signal(SIGKILL);
  (void)wait_for_end(10s);
}

int Process::wait_for_end(Duration most) {
  const bool ended = becomes(most, [this] { return !is_alive(); });
  if (!ended) return -1;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

bool Process::is_alive() {
  if (!has_ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) has_ended_ = true;
  return !has_ended_;
}

std::string Process::output() const {
  return std::filesystem::exists(output_) ? read_bytes(output_) : "";
}

bool Process::says(const std::string& text, Duration most) {
  bool has_said = false;
  // A process that has ended says nothing more.
  (void)becomes(most, [&] {
    const bool was_alive = is_alive();
    has_said = output().find(text) != std::string::npos;
    return has_said || !was_alive;
  });
  return has_said;
}

}  // namespace suan::testing
