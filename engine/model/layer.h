#pragma once

#include <variant>

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

}  // namespace suan::engine
