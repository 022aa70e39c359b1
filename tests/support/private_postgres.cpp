#include "tests/support/private_postgres.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <optional>
#include <pwd.h>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "catalog/store/database.h"

namespace suan::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// The folder with the newest server's programs (15 or later).
std::optional<fs::path> programs() {
  std::optional<fs::path> newest;
  int newest_version = 14;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version <= newest_version || !fs::exists(entry.path() / "bin/postgres")) continue;
    newest = entry.path() / "bin";
    newest_version = version;
  }
  return newest;
}

/// Who runs the server when we are root.
const passwd* ordinary_user() {
  if (geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = getpwnam(name)) return user;
  }
  throw std::runtime_error("root, and neither a user postgres nor nobody to run PostgreSQL");
}

/// Starts a program with its output in `log`; it dies with the test, even a killed one.
pid_t spawn(const std::vector<std::string>& arguments, const fs::path& folder) {
  const passwd* user = ordinary_user();
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const auto log = folder / "log";
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child > 0) return child;

  if (user != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which clears it
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0 || chdir(folder.c_str()) != 0) _exit(126);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  closefrom(3);
  setenv("LC_ALL", "C", 1);
  execv(argv[0], argv.data());
  _exit(127);
}

int wait_status(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// Processes whose working directory is `folder`: the server and its children.
std::vector<pid_t> processes_in(const fs::path& folder) {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const pid_t process = std::atoi(entry.path().filename().c_str());
    if (process > 0 && fs::read_symlink(entry.path() / "cwd", ignored) == folder) {
      found.push_back(process);
    }
  }
  return found;
}

}  // namespace

bool PrivatePostgres::is_installed() {
  return programs().has_value();
}

PrivatePostgres::PrivatePostgres() {
  // A socket's path has at most 107 bytes, so not in the (perhaps deep) temporary folder.
  std::string pattern = "/tmp/suan-pg-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed in /tmp");
  folder_ = pattern;
  if (const passwd* user = ordinary_user()) {
    if (chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("chown failed for " + pattern);
    }
  }
  initialise();
  start();
}

PrivatePostgres::~PrivatePostgres() {
  if (postmaster_ > 0) {
    kill(postmaster_, SIGINT);  // fast shutdown
    wait_status(postmaster_);
  }
  wait_for_children();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PrivatePostgres::initialise() {
  const auto child =
      spawn({*programs() / "initdb", "--pgdata=" + (folder_ / "data").string(),
             "--username=suan", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"},
            folder_);
  if (wait_status(child) != 0) {
    throw std::runtime_error("initdb failed: " + text_of(folder_ / "log"));
  }
}

void PrivatePostgres::start() {
  // Without fsync: what a killed process wrote stays in the system's cache, and no test here
  // pulls the machine's plug.
  postmaster_ = spawn({*programs() / "postgres", "-D", folder_ / "data", "-k", folder_, "-c",
                       "listen_addresses=", "-c", "max_connections=20", "-c",
                       "shared_buffers=16MB", "-c", "fsync=off"},
                      folder_);
  wait_until_it_answers();
}

void PrivatePostgres::wait_until_it_answers() {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  for (;;) {
    try {
      (void)open_database(url_of("postgres"));
      return;
    } catch (const StoreError& error) {
      int status = 0;
      const bool has_ended = waitpid(postmaster_, &status, WNOHANG) == postmaster_;
      if (has_ended) postmaster_ = -1;
      if (has_ended || std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error(std::string("PostgreSQL does not start: ") + error.what() +
                                 "\n" + text_of(folder_ / "log"));
      }
    }
    std::this_thread::sleep_for(20ms);
  }
}

void PrivatePostgres::kill_postmaster() {
  kill(postmaster_, SIGKILL);
  wait_status(postmaster_);
  postmaster_ = -1;
  wait_for_children();
}

/// Children notice the postmaster's death by themselves; one that does not is ended.
void PrivatePostgres::wait_for_children() const {
  const auto patience_ends = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    const auto left = processes_in(folder_ / "data");
    if (left.empty()) return;
    if (std::chrono::steady_clock::now() > patience_ends) {
      for (const pid_t process : left)
        kill(process, SIGKILL);
    }
    std::this_thread::sleep_for(10ms);
  }
}

std::string PrivatePostgres::make_database(const std::string& name,
                                           const std::string& options) {
  open_database(url_of("postgres"))->execute("CREATE DATABASE " + name + " " + options);
  return url_of(name);
}

std::string PrivatePostgres::url_of(const std::string& database) const {
  return "postgresql:///" + database + "?user=suan&host=" + folder_.string();
}

}  // namespace suan::testing
