#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace suan::engine {

/// Names that `make_backend` knows on this machine, fastest first.
[[nodiscard]] std::vector<std::string> available_backends();

/// Instruction sets that backend "cpu" can use on this machine, best first.
[[nodiscard]] std::vector<std::string> available_isas();

/// `name` "auto" is the fastest, `isa` "auto" the best; other backends than "cpu" ignore it.
/// Throws ModelError for an unknown name, or for what this machine has not.
[[nodiscard]] std::unique_ptr<Backend> make_backend(const std::string& name,
                                                    uint32_t threads,
                                                    const std::string& isa = "auto");

}  // namespace suan::engine
