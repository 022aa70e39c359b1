#include "engine/weights/layer_names.h"

#include <algorithm>
#include <charconv>

#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

/// The width of the query's lower rank in any layer; nothing when no layer has one.
std::optional<uint64_t> rank_of_queries(const Manifest& manifest) {
  const auto is_norm = [](const TensorEntry& tensor) {
    return tensor.name.ends_with(".attn_q_a_norm.weight");
  };
  const auto found = std::ranges::find_if(manifest.tensors, is_norm);
  if (found == manifest.tensors.end() || found->shape.empty()) return std::nullopt;
  return found->shape[0];
}

}  // namespace

std::optional<uint32_t> layer_of(std::string_view name) {
  constexpr std::string_view kPrefix = "blk.";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  uint32_t layer = 0;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + kPrefix.size(), end, layer);
  if (error != std::errc() || rest == end || *rest != '.') return std::nullopt;
  return layer;
}

void settle_layers(std::string_view file, Manifest& manifest) {
  HyperParameters& hyper = manifest.hyper;
  if (hyper.mtp_layers > 0 && hyper.mtp_layers >= hyper.layers) {
    refuse(file, "nextn_predict_layers {} is not below block_count {}", hyper.mtp_layers,
           hyper.layers);
  }
  hyper.layers -= hyper.mtp_layers;
  const auto predicts = [&](const TensorEntry& tensor) {
    return layer_of(tensor.name).value_or(0) >= hyper.layers;
  };
  // Some converters leave the prediction blocks out and keep the number.
  if (std::ranges::none_of(manifest.tensors, predicts)) hyper.mtp_layers = 0;

  if (hyper.kv_lora == 0) return;
  const uint64_t rank = rank_of_queries(manifest).value_or(0);
  if (rank > UINT32_MAX) refuse(file, "the rank of queries is {}", rank);
  hyper.q_lora = static_cast<uint32_t>(rank);
}

}  // namespace suan::engine
