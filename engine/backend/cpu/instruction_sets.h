#pragma once

#include <string>
#include <vector>

#include "engine/backend/cpu/kernels.h"

namespace suan::engine::cpu {

/// Names of the instruction sets that this machine can run, best first.
[[nodiscard]] std::vector<std::string> available_instruction_sets();

/// `name` "auto" is the best. Throws ModelError for one that this machine has not.
[[nodiscard]] const KernelTable& kernels_for(const std::string& name);

}  // namespace suan::engine::cpu
