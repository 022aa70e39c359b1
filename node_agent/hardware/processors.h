#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/types/node.h"

namespace suan::node_agent {

/// What this machine is: processors through hwloc and cpuid, memory, GPUs. Never throws:
/// what cannot be found out is 0 or empty, and `warnings` says so.
[[nodiscard]] Hardware discover_hardware(uint32_t threads_used);

/// Instruction sets that kernels could use, by cpuid: `avx2`, `fma`, `avx512f`, `amx-int8`, ...
[[nodiscard]] std::vector<std::string> instruction_sets();

/// Cores that this process may use: of the affinity mask and the control group's quota the
/// smaller, at least 1.
[[nodiscard]] uint32_t usable_cores();

}  // namespace suan::node_agent
