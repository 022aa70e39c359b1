#include <unordered_set>
#include <vector>

#include "engine/weights/checks.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

/// Compares a model's tensors with what its hyper-parameters call for.
///
/// A tensor that nobody called for would be left out of the computation, so it is refused too.
class ShapeCheck {
 public:
  ShapeCheck(std::string_view file, const Manifest& manifest)
      : file_(file), manifest_(&manifest) {
    known_.reserve(manifest.tensors.size());
  }

  void require(const std::string& name, const std::vector<uint64_t>& shape) {
    const TensorEntry* tensor = manifest_->find(name);
    if (tensor == nullptr) refuse(file_, "tensor {} is missing", name);
    if (tensor->shape != shape) {
      refuse(file_, "tensor {} has shape [{}], the hyper-parameters call for [{}]", name,
             fmt::join(tensor->shape, ", "), fmt::join(shape, ", "));
    }
    known_.insert(tensor->name);
    if (tensor->type == TensorType::F8E4M3) require_scales(*tensor);
  }

  void accept(const std::string& name, const std::vector<uint64_t>& shape) {
    if (has(name)) require(name, shape);
  }

  [[nodiscard]] bool has(const std::string& name) const {
    return manifest_->find(name) != nullptr;
  }

  /// One stacked tensor, or one for each expert.
  void require_experts(const std::string& stem, uint64_t columns, uint64_t rows) {
    const uint64_t experts = manifest_->hyper.experts;
    if (has(stem + ".weight") && experts > 1) {
      require(stem + ".weight", {columns, rows, experts});
    } else if (has(stem + ".weight")) {
      require(stem + ".weight", {columns, rows});
    } else {
      for (uint64_t expert = 0; expert < experts; ++expert) {
        require(fmt::format("{}.{}.weight", stem, expert), {columns, rows});
      }
    }
  }

  /// An FP8 weight means nothing without the scales of its blocks.
  void require_scales(const TensorEntry& tensor) {
    const auto blocks = [](uint64_t size) { return (size + kScaleBlock - 1) / kScaleBlock; };
    if (tensor.shape.size() < 2) {
      refuse(file_, "tensor {} is a vector of {}, which only matrices can be",
             in_quotes(tensor.name), name_of(tensor.type));
    }
    std::vector<uint64_t> shape = tensor.shape;
    shape[0] = blocks(shape[0]);
    shape[1] = blocks(shape[1]);
    const std::string name = tensor.name + "_scale_inv";
    require(name, shape);
    if (const TensorType type = manifest_->find(name)->type; type != TensorType::F32) {
      refuse(file_, "tensor {} is of type {}, expected f32", name, name_of(type));
    }
  }

  void refuse_unknown() const {
    for (const TensorEntry& tensor : manifest_->tensors) {
      if (!known_.contains(tensor.name)) {
        refuse(file_, "tensor {} is not one of a {} model with these hyper-parameters",
               in_quotes(tensor.name), manifest_->hyper.architecture);
      }
    }
  }

 private:
  std::string_view file_;
  const Manifest* manifest_;
  std::unordered_set<std::string_view> known_;  // views of the manifest
};

void grouped_query(ShapeCheck& check, const std::string& block, const HyperParameters& hyper) {
  const uint64_t queries = uint64_t{hyper.heads} * hyper.head_dim;
  const uint64_t keys = uint64_t{hyper.kv_heads} * hyper.head_dim;
  check.require(block + "attn_q.weight", {hyper.dim, queries});
  check.require(block + "attn_k.weight", {hyper.dim, keys});
  check.require(block + "attn_v.weight", {hyper.dim, keys});
  check.require(block + "attn_output.weight", {queries, hyper.dim});
  if (hyper.architecture == "qwen2") {
    check.require(block + "attn_q.bias", {queries});
    check.require(block + "attn_k.bias", {keys});
    check.require(block + "attn_v.bias", {keys});
  }
  if (hyper.architecture == "qwen3" || hyper.architecture == "qwen3moe") {
    check.require(block + "attn_q_norm.weight", {hyper.head_dim});
    check.require(block + "attn_k_norm.weight", {hyper.head_dim});
  }
}

void latent_attention(ShapeCheck& check,
                      const std::string& block,
                      const HyperParameters& hyper) {
  const uint64_t heads = hyper.heads;
  const uint64_t nope = hyper.nope_dim;
  const uint64_t value = hyper.value_dim;
  const uint64_t rank = hyper.kv_lora;
  const uint64_t queries = heads * (nope + hyper.rope_dim);
  if (hyper.q_lora > 0) {
    check.require(block + "attn_q_a.weight", {hyper.dim, hyper.q_lora});
    check.require(block + "attn_q_a_norm.weight", {hyper.q_lora});
    check.require(block + "attn_q_b.weight", {hyper.q_lora, queries});
  } else {
    check.require(block + "attn_q.weight", {hyper.dim, queries});
  }
  check.require(block + "attn_kv_a_mqa.weight", {hyper.dim, rank + hyper.rope_dim});
  check.require(block + "attn_kv_a_norm.weight", {rank});
  if (check.has(block + "attn_kv_b.weight")) {
    check.require(block + "attn_kv_b.weight", {rank, heads * (nope + value)});
  } else if (heads > 1) {
    check.require(block + "attn_k_b.weight", {nope, rank, heads});
    check.require(block + "attn_v_b.weight", {rank, value, heads});
  } else {
    check.require(block + "attn_k_b.weight", {nope, rank});
    check.require(block + "attn_v_b.weight", {rank, value});
  }
  check.require(block + "attn_output.weight", {heads * value, hyper.dim});
}

void dense(ShapeCheck& check, const std::string& block, const HyperParameters& hyper) {
  check.require(block + "ffn_gate.weight", {hyper.dim, hyper.ff_dim});
  check.require(block + "ffn_up.weight", {hyper.dim, hyper.ff_dim});
  check.require(block + "ffn_down.weight", {hyper.ff_dim, hyper.dim});
}

void experts(ShapeCheck& check, const std::string& block, const HyperParameters& hyper) {
  check.require(block + "ffn_gate_inp.weight", {hyper.dim, hyper.experts});
  check.accept(block + "exp_probs_b.bias", {hyper.experts});
  if (check.has(block + "ffn_gate_up_exps.weight")) {  // of each expert gate's rows, then up's
    check.require_experts(block + "ffn_gate_up_exps", hyper.dim,
                          uint64_t{2} * hyper.expert_ff_dim);
  } else {
    check.require_experts(block + "ffn_gate_exps", hyper.dim, hyper.expert_ff_dim);
    check.require_experts(block + "ffn_up_exps", hyper.dim, hyper.expert_ff_dim);
  }
  check.require_experts(block + "ffn_down_exps", hyper.expert_ff_dim, hyper.dim);
  if (hyper.shared_ff_dim == 0) return;
  check.require(block + "ffn_gate_shexp.weight", {hyper.dim, hyper.shared_ff_dim});
  check.require(block + "ffn_up_shexp.weight", {hyper.dim, hyper.shared_ff_dim});
  check.require(block + "ffn_down_shexp.weight", {hyper.shared_ff_dim, hyper.dim});
}

void layer(ShapeCheck& check, const HyperParameters& hyper, uint32_t number) {
  const std::string block = fmt::format("blk.{}.", number);
  check.require(block + "attn_norm.weight", {hyper.dim});
  hyper.kv_lora > 0 ? latent_attention(check, block, hyper)
                    : grouped_query(check, block, hyper);
  check.require(block + "ffn_norm.weight", {hyper.dim});
  const bool is_dense = hyper.experts == 0 || number < hyper.dense_layers;
  is_dense ? dense(check, block, hyper) : experts(check, block, hyper);
}

/// Beside the block itself: how it mixes a hidden state with the next token's embedding.
void prediction(ShapeCheck& check, const HyperParameters& hyper, uint32_t number) {
  layer(check, hyper, number);
  const std::string head = fmt::format("blk.{}.nextn.", number);
  check.require(head + "eh_proj.weight", {uint64_t{2} * hyper.dim, hyper.dim});
  check.require(head + "enorm.weight", {hyper.dim});
  check.require(head + "hnorm.weight", {hyper.dim});
  check.require(head + "shared_head_norm.weight", {hyper.dim});
  check.accept(head + "embed_tokens.weight", {hyper.dim, hyper.vocabulary});
  check.accept(head + "shared_head_head.weight", {hyper.dim, hyper.vocabulary});
}

}  // namespace

/// The lists are those of engine.md section 7.
void check_shapes(std::string_view file, const Manifest& manifest) {
  const HyperParameters& hyper = manifest.hyper;
  ShapeCheck check(file, manifest);
  check.require("token_embd.weight", {hyper.dim, hyper.vocabulary});
  check.require("output_norm.weight", {hyper.dim});
  // Absent: shares the embedding's matrix.
  check.accept("output.weight", {hyper.dim, hyper.vocabulary});
  for (uint32_t number = 0; number < hyper.layers; ++number)
    layer(check, hyper, number);
  for (uint32_t number = 0; number < hyper.mtp_layers; ++number)
    prediction(check, hyper, hyper.layers + number);
  check.refuse_unknown();
}

}  // namespace suan::engine
