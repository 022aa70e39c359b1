#include "cli/model_text.h"

#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalog/types/json.h"
#include "cli/table.h"
#include "engine/cache/kv_cache.h"

namespace suan::cli {

namespace {

const char* name_of(engine::RouterScore score) {
  switch (score) {
    case engine::RouterScore::None:
      return "none";
    case engine::RouterScore::Softmax:
      return "softmax";
    case engine::RouterScore::Sigmoid:
      return "sigmoid";
  }
  return "?";
}

const char* name_of(engine::VocabularyKind kind) {
  switch (kind) {
    case engine::VocabularyKind::None:
      return "none";
    case engine::VocabularyKind::SentencePiece:
      return "sentencepiece";
    case engine::VocabularyKind::ByteBpe:
      return "byte-bpe";
  }
  return "?";
}

uint64_t weight_bytes(const engine::Manifest& manifest) {
  uint64_t bytes = 0;
  for (const engine::TensorEntry& tensor : manifest.tensors)
    bytes += tensor.bytes;
  return bytes;
}

uint64_t parameters(const engine::Manifest& manifest) {
  uint64_t count = 0;
  for (const engine::TensorEntry& tensor : manifest.tensors) {
    const engine::Block block = engine::block_of(tensor.type);
    count += tensor.bytes / block.bytes * block.elements;
  }
  return count;
}

uint64_t kv_bytes(const engine::Manifest& manifest, uint32_t context_tokens) {
  if (manifest.tensors.empty()) return 0;
  return engine::cache_shape(manifest.hyper).token_bytes() * context_tokens;
}

Json hyper_json(const engine::HyperParameters& hyper) {
  return {{"layers", hyper.layers},
          {"dim", hyper.dim},
          {"heads", hyper.heads},
          {"kv_heads", hyper.kv_heads},
          {"head_dim", hyper.head_dim},
          {"ff_dim", hyper.ff_dim},
          {"vocabulary", hyper.vocabulary},
          {"context_tokens", hyper.context_tokens},
          {"norm_eps", hyper.norm_eps},
          {"rope_base", hyper.rope_base},
          {"rope_dim", hyper.rope_dim},
          {"rope_is_adjacent", hyper.rope_is_adjacent},
          {"yarn_factor", hyper.yarn_factor},
          {"experts", hyper.experts},
          {"experts_used", hyper.experts_used},
          {"experts_shared", hyper.experts_shared},
          {"expert_ff_dim", hyper.expert_ff_dim},
          {"shared_ff_dim", hyper.shared_ff_dim},
          {"dense_layers", hyper.dense_layers},
          {"groups", hyper.groups},
          {"groups_kept", hyper.groups_kept},
          {"router_score", name_of(hyper.router_score)},
          {"router_normalises", hyper.router_normalises},
          {"router_scale", hyper.router_scale},
          {"q_lora", hyper.q_lora},
          {"kv_lora", hyper.kv_lora},
          {"nope_dim", hyper.nope_dim},
          {"value_dim", hyper.value_dim}};
}

Json tensors_json(const engine::Manifest& manifest) {
  Json tensors = Json::array();
  for (const engine::TensorEntry& tensor : manifest.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"type", engine::name_of(tensor.type)},
                       {"shape", tensor.shape},
                       {"bytes", tensor.bytes}});
  }
  return tensors;
}

Json loss_json(const Loss& loss) {
  return {{"tokens", loss.tokens}, {"nll_sum", loss.nll_sum}};
}

}  // namespace

std::string generate_json(const LoadedModel& model, const Generated& answer) {
  return dump_json({{"prompt_ids", answer.prompt_ids},
                    {"ids", answer.ids},
                    {"text", answer.text},
                    {"finish_reason", answer.finish_reason},
                    {"usage",
                     {{"prompt_tokens", answer.prompt_ids.size()},
                      {"completion_tokens", answer.ids.size()},
                      {"total_tokens", answer.prompt_ids.size() + answer.ids.size()}}},
                    {"timings",
                     {{"load_s", model.load_s},
                      {"ttft_s", answer.ttft_s},
                      {"tokens_per_s", answer.tokens_per_s}}}});
}

std::string logits_json(const std::vector<PositionLogprobs>& positions) {
  Json list = Json::array();
  for (const PositionLogprobs& position : positions) {
    Json top = Json::array();
    for (const engine::TokenLogprob& token : position.top) {
      top.push_back({{"id", token.token}, {"logprob", token.logprob}});
    }
    Json item = {{"position", position.position}, {"top", std::move(top)}};
    if (position.next) item["next_logprob"] = *position.next;
    list.push_back(std::move(item));
  }
  return dump_json({{"positions", std::move(list)}});
}

std::string tokens_json(const std::vector<int32_t>& tokens) {
  return dump_json(Json(tokens));
}

std::string perplexity_json(const Loss& total, const std::vector<Loss>& documents) {
  Json json = {{"nll_mean", total.mean()},
               {"nll_sum", total.nll_sum},
               {"tokens", total.tokens},
               {"perplexity", std::exp(total.mean())}};
  for (const Loss& document : documents)
    json["documents"].push_back(loss_json(document));
  return dump_json(json);
}

std::string inspect_json(const engine::ModelFile& model, uint32_t context_tokens) {
  const engine::Manifest& manifest = model.manifest();
  return dump_json({{"architecture", manifest.hyper.architecture},
                    {"name", manifest.name},
                    {"quantization", manifest.quantization},
                    {"digest", model.digest()},
                    {"parameters", parameters(manifest)},
                    {"hyper_parameters", hyper_json(manifest.hyper)},
                    {"vocabulary",
                     {{"kind", name_of(manifest.vocabulary.kind)},
                      {"pieces", manifest.vocabulary.pieces.size()}}},
                    {"has_chat_template", !manifest.chat_template.empty()},
                    {"memory",
                     {{"context_tokens", context_tokens},
                      {"weight_bytes", weight_bytes(manifest)},
                      {"kv_bytes", kv_bytes(manifest, context_tokens)}}},
                    {"tensors", tensors_json(manifest)}});
}

std::string inspect_text(const engine::ModelFile& model, uint32_t context_tokens) {
  const engine::Manifest& manifest = model.manifest();
  constexpr double kMebibyte = 1 << 20;
  std::string text = fmt::format("{} ({}), {} parameters, {}, SHA-256 {}\n", manifest.name,
                                 manifest.hyper.architecture, parameters(manifest),
                                 manifest.quantization, model.digest());
  text += fmt::format("memory: {:.1f} MiB of weights, {:.1f} MiB of KV cache for {} tokens\n",
                      static_cast<double>(weight_bytes(manifest)) / kMebibyte,
                      static_cast<double>(kv_bytes(manifest, context_tokens)) / kMebibyte,
                      context_tokens);
  text += fmt::format("vocabulary: {} pieces, {}\n\n", manifest.vocabulary.pieces.size(),
                      name_of(manifest.vocabulary.kind));
  if (manifest.tensors.empty()) return text;

  const Json hyper = hyper_json(manifest.hyper);
  for (const auto& [key, value] : hyper.items()) {
    text += fmt::format("{:<18} {}\n", key,
                        value.is_string() ? value.get<std::string>() : dump_json(value));
  }
  Table table({"TENSOR", "TYPE", "SHAPE", "BYTES"});
  for (const engine::TensorEntry& tensor : manifest.tensors) {
    table.add({tensor.name, engine::name_of(tensor.type),
               fmt::format("{}", fmt::join(tensor.shape, " x ")),
               std::to_string(tensor.bytes)});
  }
  return text + "\n" + table.text(is_terminal_out());
}

}  // namespace suan::cli
