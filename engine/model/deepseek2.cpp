#include "engine/model/architectures.h"

namespace suan::engine {

Layer deepseek2_layer(const WeightLoader& loader, uint32_t layer, MlaForm form) {
  const HyperParameters& hyper = loader.hyper();
  return {.attention_norm = loader.vector(layer_name(layer, "attn_norm"), hyper.dim),
          .attention = Mla(loader, layer, form),
          .ffn_norm = loader.vector(layer_name(layer, "ffn_norm"), hyper.dim),
          .ffn = make_ffn(loader, layer)};
}

std::vector<Layer> deepseek2_layers(const WeightLoader& loader, MlaForm form) {
  const HyperParameters& hyper = loader.hyper();
  std::vector<Layer> layers;
  layers.reserve(hyper.layers);
  for (uint32_t i = 0; i < hyper.layers; ++i)
    layers.push_back(deepseek2_layer(loader, i, form));
  return layers;
}

}  // namespace suan::engine
