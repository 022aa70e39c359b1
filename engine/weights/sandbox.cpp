#include "engine/weights/sandbox.h"

#include <array>
#include <cerrno>
#include <linux/landlock.h>
#include <memory>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace suan::engine {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SUAN_HAS_SHADOW_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SUAN_HAS_SHADOW_MEMORY 1
#endif
#endif

void require(bool is_done, int error, const char* what) {
  if (!is_done) throw std::system_error(error, std::generic_category(), what);
}

void limit(__rlimit_resource resource, uint64_t soft, uint64_t hard, const char* what) {
  const rlimit both{.rlim_cur = soft, .rlim_max = hard};
  require(setrlimit(resource, &both) == 0, errno, what);
}

void limit(__rlimit_resource resource, uint64_t value, const char* what) {
  limit(resource, value, value, what);
}

void limit_resources(const SandboxLimits& limits) {
#ifndef SUAN_HAS_SHADOW_MEMORY  // sanitizers reserve terabytes of addresses
  limit(RLIMIT_AS, limits.memory_bytes, "limiting memory");
#endif
  // One second more until SIGKILL: the signal's name then tells the parent why the child ended.
  limit(RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1ULL, "limiting CPU time");
  limit(RLIMIT_NOFILE, limits.descriptors, "limiting descriptors");
  limit(RLIMIT_CORE, 0, "forbidding core files");
}

/// A rule set without rules: no file can be opened any more.
bool enter_landlock() {
  constexpr uint64_t kFirstVersion = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  const landlock_ruleset_attr attributes{.handled_access_fs = kFirstVersion};
  const auto rules =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (rules < 0) return false;  // an older kernel, or one that has it switched off
  const long restricted = syscall(SYS_landlock_restrict_self, rules, 0);
  close(rules);
  return restricted == 0;
}

/// What a single-threaded program that reads memory and writes a pipe calls.
constexpr std::array kAllowed = {
#ifdef SUAN_HAS_SHADOW_MEMORY
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),  // how UBSan tries whether an object can be read
#endif
    SCMP_SYS(brk),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(close),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fstat),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(gettid),
    SCMP_SYS(lseek),
    SCMP_SYS(madvise),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(newfstatat),
    SCMP_SYS(read),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
    SCMP_SYS(write)};

/// All other calls fail with EPERM: the C++ run time then reports, where a signal would hide why.
void filter_system_calls() {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(
      seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release);
  require(filter != nullptr, ENOMEM, "making a seccomp filter");
  for (const int call : kAllowed) {
    const int added = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
    require(added == 0, -added, "adding a seccomp rule");
  }
  const int loaded = seccomp_load(filter.get());
  require(loaded == 0, -loaded, "loading the seccomp filter");
}

}  // namespace

bool has_landlock() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

bool enter_sandbox(const SandboxLimits& limits) {
  limit_resources(limits);
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, errno, "giving up new privileges");
  const bool has_landlock = enter_landlock();
  filter_system_calls();
  return has_landlock;
}

}  // namespace suan::engine
