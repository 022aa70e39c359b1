#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace suan::engine {

/// Names that `make_backend` knows on this machine, fastest first.
[[nodiscard]] std::vector<std::string> available_backends();

/// `name` "auto" is the fastest. Throws ModelError for an unknown name.
[[nodiscard]] std::unique_ptr<Backend> make_backend(const std::string& name, uint32_t threads);

}  // namespace suan::engine
