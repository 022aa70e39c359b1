#include "engine/model/architectures.h"

namespace suan::engine {

std::vector<Layer> stories_moe_layers(const WeightLoader& loader) {
  const HyperParameters& hyper = loader.hyper();
  std::vector<Layer> layers;
  layers.reserve(hyper.layers);
  for (uint32_t i = 0; i < hyper.layers; ++i) {
    layers.push_back({.attention_norm = loader.vector(layer_name(i, "attn_norm"), hyper.dim),
                      .attention = GroupedQueryAttention(loader, i),
                      .ffn_norm = loader.vector(layer_name(i, "ffn_norm"), hyper.dim),
                      .ffn = Moe(loader, i)});
  }
  return layers;
}

}  // namespace suan::engine
