#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "engine/model/attention.h"
#include "engine/model/ffn.h"
#include "engine/model/mla.h"
#include "engine/model/moe.h"

namespace suan::engine {

/// One block: x += attention(norm(x)), then x += ffn(norm(x)).
struct Layer {
  Buffer attention_norm;  // [dim]
  std::variant<GroupedQueryAttention, Mla> attention;
  Buffer ffn_norm;  // [dim]
  std::variant<Ffn, Moe> ffn;
};

/// Dense in a dense model and in the leading dense layers, else experts. Throws ModelError.
[[nodiscard]] std::variant<Ffn, Moe> make_ffn(const WeightLoader& loader, uint32_t layer);

/// All layers of a model with grouped-query attention. Throws ModelError.
[[nodiscard]] std::vector<Layer> grouped_query_layers(const WeightLoader& loader,
                                                      const AttentionExtras& extras);

}  // namespace suan::engine
