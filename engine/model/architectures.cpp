#include "engine/model/architectures.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace suan::engine {
namespace {

struct Architecture {
  const char* name;
  std::vector<Layer> (*layers)(const WeightLoader&);
};

constexpr std::array kArchitectures{
    Architecture{"llama", llama_layers},
    Architecture{"qwen2", qwen2_layers},
    Architecture{"qwen3", qwen3_layers},
    Architecture{"qwen3moe", qwen3_layers},
    Architecture{"deepseek2",
                 [](const WeightLoader& loader) { return deepseek2_layers(loader); }},
    Architecture{"stories-moe", stories_moe_layers},
};

}  // namespace

std::vector<std::string> known_architectures() {
  std::vector<std::string> names;
  for (const Architecture& architecture : kArchitectures)
    names.emplace_back(architecture.name);
  return names;
}

std::vector<Layer> make_layers(const WeightLoader& loader) {
  const std::string& wanted = loader.hyper().architecture;
  for (const Architecture& architecture : kArchitectures) {
    if (wanted == architecture.name) return architecture.layers(loader);
  }
  throw ModelError(fmt::format("architecture '{}' is not supported; these are: {}", wanted,
                               fmt::join(known_architectures(), ", ")));
}

}  // namespace suan::engine
