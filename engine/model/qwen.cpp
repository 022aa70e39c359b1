#include "engine/model/architectures.h"

namespace suan::engine {

std::vector<Layer> qwen2_layers(const WeightLoader& loader) {
  return grouped_query_layers(loader, {.has_biases = true});
}

std::vector<Layer> qwen3_layers(const WeightLoader& loader) {
  return grouped_query_layers(loader, {.has_head_norms = true});
}

}  // namespace suan::engine
