#include "cli/model_inspect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "cli/model_memory.h"
#include "cli/table.h"

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

Json hyper_json(const engine::HyperParameters& hyper) {
  return {{"layers", hyper.layers},
          {"mtp_layers", hyper.mtp_layers},
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
          {"rope_magnitude", hyper.rope_magnitude},
          {"rope_factors", hyper.rope_factors},
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

Json memory_json(const ModelMemory& memory) {
  Json types = Json::object();
  for (const ModelMemory::OfType& each : memory.types)
    types[each.type] = each.bytes;
  Json contexts = Json::array();
  for (const ModelMemory::AtContext& each : memory.contexts) {
    contexts.push_back({{"context_tokens", each.tokens},
                        {"kv_bytes", each.kv_bytes},
                        {"total_bytes", memory.weight_bytes + each.kv_bytes}});
  }
  Json json = {{"weight_bytes", memory.weight_bytes},
               {"weight_bytes_by_type", std::move(types)},
               {"kv_bytes_per_token", memory.kv_bytes_per_token},
               {"contexts", std::move(contexts)}};
  if (!memory.contexts.empty()) {  // that of the wished context
    json["context_tokens"] = memory.contexts.back().tokens;
    json["kv_bytes"] = memory.contexts.back().kv_bytes;
  }
  return json;
}

std::string size_text(uint64_t bytes) {
  constexpr uint64_t kMebibyte = 1 << 20;
  constexpr uint64_t kGibibyte = 1 << 30;
  const auto value = static_cast<double>(bytes);
  if (bytes >= kGibibyte) return fmt::format("{:.1f} GiB", value / kGibibyte);
  if (bytes >= kMebibyte) return fmt::format("{:.1f} MiB", value / kMebibyte);
  return fmt::format("{:.1f} KiB", value / 1024);
}

std::string memory_text(const ModelMemory& memory) {
  std::string types;
  for (const ModelMemory::OfType& each : memory.types)
    types +=
        fmt::format("{}{} {}", types.empty() ? "" : ", ", each.type, size_text(each.bytes));
  std::string text =
      fmt::format("weights: {} ({})\nKV cache: {} a token\n\n", size_text(memory.weight_bytes),
                  types, size_text(memory.kv_bytes_per_token));
  Table table({"CONTEXT", "KV CACHE", "WITH WEIGHTS"});
  for (const ModelMemory::AtContext& each : memory.contexts) {
    table.add({std::to_string(each.tokens), size_text(each.kv_bytes),
               size_text(memory.weight_bytes + each.kv_bytes)});
  }
  return text + table.text(is_terminal_out()) + '\n';
}

std::string tensors_text(const engine::Manifest& manifest) {
  Table table({"TENSOR", "TYPE", "SHAPE", "BYTES"});
  for (const engine::TensorEntry& tensor : manifest.tensors) {
    table.add({tensor.name, engine::name_of(tensor.type),
               fmt::format("{}", fmt::join(tensor.shape, " x ")),
               std::to_string(tensor.bytes)});
  }
  return table.text(is_terminal_out());
}

}  // namespace

std::string inspect_json(const engine::ModelFile& model, const InspectWish& wish) {
  const engine::Manifest& manifest = model.manifest();
  const ModelMemory memory = memory_of(manifest, wish.context_tokens);
  Json json = {{"architecture", manifest.hyper.architecture},
               {"name", manifest.name},
               {"quantization", manifest.quantization},
               {"parameters", memory.parameters},
               {"hyper_parameters", hyper_json(manifest.hyper)},
               {"vocabulary",
                {{"kind", name_of(manifest.vocabulary.kind)},
                 {"pieces", manifest.vocabulary.pieces.size()}}},
               {"has_chat_template", !manifest.chat_template.empty()},
               {"memory", memory_json(memory)},
               {"tensors", tensors_json(manifest)}};
  if (wish.wants_digest) json["digest"] = model.digest();
  return dump_json(json);
}

std::string inspect_text(const engine::ModelFile& model, const InspectWish& wish) {
  const engine::Manifest& manifest = model.manifest();
  const ModelMemory memory = memory_of(manifest, wish.context_tokens);
  std::string text = fmt::format("{} ({}), {} parameters, {}\n", printable(manifest.name),
                                 printable(manifest.hyper.architecture), memory.parameters,
                                 manifest.quantization);
  if (wish.wants_digest) text += fmt::format("SHA-256: {}\n", model.digest());
  text += fmt::format("vocabulary: {} pieces, {}\n", manifest.vocabulary.pieces.size(),
                      name_of(manifest.vocabulary.kind));
  if (manifest.tensors.empty()) return text;

  text += memory_text(memory);
  const Json hyper = hyper_json(manifest.hyper);
  for (const auto& [key, value] : hyper.items()) {
    text += fmt::format("{:<18} {}\n", key,
                        value.is_string() ? value.get<std::string>() : dump_json(value));
  }
  return text + '\n' + tensors_text(manifest);
}

}  // namespace suan::cli
