#include <cmath>

#include "engine/weights/checks.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr uint32_t kDimMax = 1 << 17;
constexpr uint32_t kFeedForwardMax = 1 << 20;

/// Checks fields of one model; the messages name its file.
class Fields {
 public:
  explicit Fields(std::string_view file) : file_(file) {}

  void within(const char* field, uint32_t value, uint32_t low, uint32_t high) const {
    if (value < low || value > high) {
      refuse(file_, "{} is {}, allowed is {} to {}", field, value, low, high);
    }
  }

  /// NaN fails both comparisons, so it is refused too.
  void within(const char* field, float value, float low, float high) const {
    if (!(value >= low && value <= high)) {
      refuse(file_, "{} is {}, allowed is {} to {}", field, value, low, high);
    }
  }

  void divides(const char* field,
               uint32_t value,
               const char* whole_field,
               uint32_t whole) const {
    if (value == 0 || whole % value != 0) {
      refuse(file_, "{} {} does not divide {} {}", field, value, whole_field, whole);
    }
  }

  [[nodiscard]] std::string_view file() const { return file_; }

 private:
  std::string_view file_;
};

void check_attention(const Fields& fields, const HyperParameters& hyper) {
  fields.within("heads", hyper.heads, 1, 1024);
  fields.within("KV heads", hyper.kv_heads, 1, 1024);
  fields.divides("KV heads", hyper.kv_heads, "heads", hyper.heads);
  fields.within("RoPE dimension", hyper.rope_dim, 2, kHeadDimMax);
  fields.divides("2", 2, "RoPE dimension", hyper.rope_dim);
  if (hyper.kv_lora == 0) {
    fields.within("head dimension", hyper.head_dim, 1, kHeadDimMax);
    fields.within("RoPE dimension", hyper.rope_dim, 2, hyper.head_dim);
    return;
  }
  fields.within("KV rank", hyper.kv_lora, 1, kDimMax);
  fields.within("query rank", hyper.q_lora, 0, kDimMax);
  fields.within("key dimension without RoPE", hyper.nope_dim, 1, kHeadDimMax);
  fields.within("value dimension", hyper.value_dim, 1, kHeadDimMax);
}

void check_rope(const Fields& fields, const HyperParameters& hyper) {
  fields.within("RoPE base", hyper.rope_base, 1.0F, 1e12F);
  fields.within("YaRN factor", hyper.yarn_factor, 1.0F, 1e4F);
  fields.within("YaRN beta_fast", hyper.yarn_beta_fast, 1e-3F, 1e6F);
  fields.within("YaRN beta_slow", hyper.yarn_beta_slow, 1e-3F, 1e6F);
  fields.within("YaRN log multiplier", hyper.yarn_log_multiplier, 0.0F, 100.0F);
  fields.within("RoPE magnitude", hyper.rope_magnitude, 1e-3F, 1e3F);
  if (!hyper.rope_factors.empty() && hyper.rope_factors.size() != hyper.rope_dim / 2) {
    refuse(fields.file(), "there are {} RoPE factors, but {} pairs", hyper.rope_factors.size(),
           hyper.rope_dim / 2);
  }
  for (const float factor : hyper.rope_factors)
    fields.within("a RoPE factor", factor, 1e-3F, 1e6F);
  if (hyper.yarn_factor > 1) {
    fields.within("YaRN original context", hyper.yarn_original_context, 1, 1 << 24);
  }
}

void check_router(const Fields& fields, const HyperParameters& hyper) {
  if (hyper.experts == 0) return;
  fields.within("experts", hyper.experts, 1, 1024);
  fields.within("experts used", hyper.experts_used, 1, hyper.experts);
  fields.within("expert width", hyper.expert_ff_dim, 1, kFeedForwardMax);
  fields.within("shared experts", hyper.experts_shared, 0, 64);
  fields.within("shared expert width", hyper.shared_ff_dim, hyper.experts_shared > 0 ? 1 : 0,
                kFeedForwardMax);
  fields.within("expert groups", hyper.groups, 1, hyper.experts);
  fields.within("expert groups kept", hyper.groups_kept, 1, hyper.groups);
  fields.divides("expert groups", hyper.groups, "experts", hyper.experts);
  const uint32_t reachable = hyper.groups_kept * (hyper.experts / hyper.groups);
  fields.within("experts used", hyper.experts_used, 1, reachable);
  if (hyper.router_score == RouterScore::None) refuse(fields.file(), "the router has no score");
  if (hyper.router_score == RouterScore::Sigmoid && hyper.groups > 1) {
    // A group's score is the sum of its best two.
    fields.within("experts of a group", hyper.experts / hyper.groups, 2, hyper.experts);
  }
  fields.within("router scale", hyper.router_scale, 1e-6F, 1e6F);
}

}  // namespace

void check_hyper_parameters(std::string_view file, const HyperParameters& hyper) {
  const Fields fields(file);
  fields.within("layers", hyper.layers, 1, 512);
  fields.within("prediction layers", hyper.mtp_layers, 0, hyper.kv_lora > 0 ? 16 : 0);
  fields.within("dim", hyper.dim, 1, kDimMax);
  fields.within("vocabulary", hyper.vocabulary, 1, kVocabularyMax);
  fields.within("context", hyper.context_tokens, 1, 1 << 24);
  fields.within("norm epsilon", hyper.norm_eps, 1e-12F, 1.0F);
  check_attention(fields, hyper);
  check_rope(fields, hyper);
  check_router(fields, hyper);
  fields.within("dense layers", hyper.dense_layers, 0, hyper.layers);
  const bool has_dense = hyper.experts == 0 || hyper.dense_layers > 0;
  fields.within("feed-forward width", hyper.ff_dim, has_dense ? 1 : 0, kFeedForwardMax);
}

}  // namespace suan::engine
