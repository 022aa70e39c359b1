#include "engine/model/architectures.h"

namespace suan::engine {

std::vector<Layer> llama_layers(const WeightLoader& loader) {
  return grouped_query_layers(loader, {});
}

}  // namespace suan::engine
