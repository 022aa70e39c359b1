#pragma once

#include <cstdint>

namespace suan::engine {

/// What the process may still need.
struct SandboxLimits {
  uint64_t memory_bytes = 0;  // of address space beyond what the program itself needs
  uint32_t cpu_seconds = 60;  // then SIGXCPU, which ends the process
  uint32_t descriptors = 32;
};

/// Whether this kernel lets a process give up the file system (Linux 5.13, and switched on).
[[nodiscard]] bool has_landlock();

/// Gives up, for good, what a parser of hostile files does not need (M8): new privileges, new
/// files, network, other programs, endless memory and time.
///
/// Returns whether the kernel knew Landlock; everything else must succeed.
/// Errors:   std::system_error
/// Threads:  the process has one
bool enter_sandbox(const SandboxLimits& limits);

}  // namespace suan::engine
