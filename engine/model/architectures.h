#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/layer.h"

namespace suan::engine {

/// Layers of Llama: grouped-query attention and a dense FFN. Throws ModelError, as all below.
[[nodiscard]] std::vector<Layer> llama_layers(const WeightLoader& loader);

/// Layers of Qwen2: Llama's, with biases of queries, keys and values.
[[nodiscard]] std::vector<Layer> qwen2_layers(const WeightLoader& loader);

/// Layers of Qwen3: each head's query and key is normed; dense, or with experts in every layer.
[[nodiscard]] std::vector<Layer> qwen3_layers(const WeightLoader& loader);

/// Layers of DeepSeek-V2, V3 and R1: MLA, and experts after the leading dense layers.
[[nodiscard]] std::vector<Layer> deepseek2_layers(const WeightLoader& loader,
                                                  MlaForm form = MlaForm::ByRows);

/// One of them, or the block of the prediction head, which follows the last.
[[nodiscard]] Layer deepseek2_layer(const WeightLoader& loader,
                                    uint32_t layer,
                                    MlaForm form = MlaForm::ByRows);

/// Layers of the bundled model: Llama's attention, DeepSeek-V3's experts everywhere.
[[nodiscard]] std::vector<Layer> stories_moe_layers(const WeightLoader& loader);

/// Names of the architectures that can be computed.
[[nodiscard]] std::vector<std::string> known_architectures();

/// Layers of the model's own architecture. Throws ModelError when it is unknown.
[[nodiscard]] std::vector<Layer> make_layers(const WeightLoader& loader);

}  // namespace suan::engine
