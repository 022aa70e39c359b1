#include "engine/model/layer.h"

namespace suan::engine {

std::variant<Ffn, Moe> make_ffn(const WeightLoader& loader, uint32_t layer) {
  const HyperParameters& hyper = loader.hyper();
  if (layer < hyper.dense_layers || hyper.experts == 0) {
    return Ffn(loader, layer, "", hyper.ff_dim);
  }
  return Moe(loader, layer);
}

std::vector<Layer> grouped_query_layers(const WeightLoader& loader,
                                        const AttentionExtras& extras) {
  const HyperParameters& hyper = loader.hyper();
  std::vector<Layer> layers;
  layers.reserve(hyper.layers);
  for (uint32_t i = 0; i < hyper.layers; ++i) {
    layers.push_back({.attention_norm = loader.vector(layer_name(i, "attn_norm"), hyper.dim),
                      .attention = GroupedQueryAttention(loader, i, extras),
                      .ffn_norm = loader.vector(layer_name(i, "ffn_norm"), hyper.dim),
                      .ffn = make_ffn(loader, i)});
  }
  return layers;
}

}  // namespace suan::engine
