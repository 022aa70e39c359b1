#include "engine/backend/registry.h"

#include <fmt/format.h>

#include "engine/backend/cpu/cpu_backend.h"
#include "engine/backend/cpu/instruction_sets.h"
#include "engine/backend/reference/reference_backend.h"
#include "engine/weights/model_file.h"

namespace suan::engine {

std::vector<std::string> available_backends() {
  return {"cpu", "reference"};
}

std::vector<std::string> available_isas() {
  return cpu::available_instruction_sets();
}

std::unique_ptr<Backend> make_backend(const std::string& name,
                                      uint32_t threads,
                                      const std::string& isa) {
  const std::string wanted = name == "auto" ? available_backends().front() : name;
  if (wanted == "cpu") return std::make_unique<CpuBackend>(threads, isa);
  if (wanted == "reference") return std::make_unique<ReferenceBackend>(threads);

  throw ModelError(fmt::format("there is no engine backend '{}'; this machine has: {}", name,
                               fmt::join(available_backends(), ", ")));
}

}  // namespace suan::engine
