#include "engine/weights/sandbox.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

constexpr int kRefused = 7;
constexpr int kAllowed = 8;

constexpr SandboxLimits kLimits{.memory_bytes = 1ULL << 32};

/// Runs `attempt` inside the sandbox; ends with whether the kernel refused it.
template <typename Attempt>
void try_inside(const Attempt& attempt) {
  static_cast<void>(enter_sandbox(kLimits));
  errno = 0;
  const bool is_refused = attempt() < 0 && (errno == EPERM || errno == EACCES);
  _exit(is_refused ? kRefused : kAllowed);
}

TEST(Sandbox, M8_ForbidsWhatAParserDoesNotNeed) {
  const auto refused = ::testing::ExitedWithCode(kRefused);

  EXPECT_EXIT(try_inside([] { return open("/etc/passwd", O_RDONLY); }), refused, "");
  EXPECT_EXIT(try_inside([] { return socket(AF_INET, SOCK_STREAM, 0); }), refused, "");
  EXPECT_EXIT(try_inside([] { return socket(AF_UNIX, SOCK_STREAM, 0); }), refused, "");
  EXPECT_EXIT(try_inside([] { return execl("/bin/true", "true", nullptr); }), refused, "");
  EXPECT_EXIT(try_inside([] { return fork(); }), refused, "");
  EXPECT_EXIT(try_inside([] { return unlink("/tmp/suan-none"); }), refused, "");
  EXPECT_EXIT(try_inside([] { return kill(getppid(), 0); }), refused, "");
}

TEST(Sandbox, LeavesWhatAParserNeeds) {
  EXPECT_EXIT(
      {
        static_cast<void>(enter_sandbox(kLimits));
        const std::string text(1 << 20, 'x');  // memory
        _exit(write(STDERR_FILENO, text.data(), 1) == 1 ? kAllowed : kRefused);
      },
      ::testing::ExitedWithCode(kAllowed), "x");
}

TEST(Sandbox, M9_EndsAProcessThatUsesUpItsProcessorTime) {
  constexpr SandboxLimits kOneSecond{.memory_bytes = 1ULL << 32, .cpu_seconds = 1};

  EXPECT_EXIT(
      {
        static_cast<void>(enter_sandbox(kOneSecond));
        for (volatile bool is_running = true; is_running;) {
        }
      },
      ::testing::KilledBySignal(SIGXCPU), "");
}

}  // namespace
}  // namespace suan::engine
