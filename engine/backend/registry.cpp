#include "engine/backend/registry.h"

#include <fmt/format.h>

#include "engine/backend/reference/reference_backend.h"
#include "engine/weights/model_file.h"

namespace suan::engine {

std::vector<std::string> available_backends() {
  return {"reference"};
}

std::unique_ptr<Backend> make_backend(const std::string& name, uint32_t threads) {
  const std::string wanted = name == "auto" ? available_backends().front() : name;
  if (wanted == "reference") return std::make_unique<ReferenceBackend>(threads);

  throw ModelError(fmt::format("there is no engine backend '{}'; this machine has: {}", name,
                               fmt::join(available_backends(), ", ")));
}

}  // namespace suan::engine
