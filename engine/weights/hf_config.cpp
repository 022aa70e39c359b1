#include "engine/weights/hf_config.h"

#include <algorithm>
#include <optional>

#include "engine/weights/checks.h"
#include "engine/weights/hf_hyper.h"
#include "engine/weights/hf_index.h"
#include "engine/weights/hf_names.h"
#include "engine/weights/layer_names.h"
#include "engine/weights/llama2c.h"
#include "engine/weights/refuse.h"
#include "engine/weights/safetensors.h"
#include "engine/weights/tokenizer_json.h"

namespace suan::engine {
namespace {

using Files = std::vector<SourceFile>;

const SourceFile* file_of(const Files& files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &SourceFile::name);
  return found != files.end() ? &*found : nullptr;
}

void add_tensors(Manifest& manifest, const Files& files, uint32_t number, HfIndex* index) {
  const SourceFile& file = files[number];
  for (TensorEntry& entry : read_safetensors(file, number)) {
    if (manifest.tensors.size() == kTensorsMax) {
      refuse(file.name, "the model has more than {} tensors", kTensorsMax);
    }
    if (index != nullptr) index->find(entry.name, file.name);
    if (is_recomputed(entry.name)) continue;
    const auto name = gguf_name(entry.name);
    if (!name) {
      refuse(file.name, "tensor {} is not one of a {} model", in_quotes(entry.name),
             manifest.hyper.architecture);
    }
    entry.name = *name;
    manifest.tensors.push_back(std::move(entry));
  }
}

void add_all_tensors(Manifest& manifest, const Files& files) {
  std::optional<HfIndex> index;
  if (const SourceFile* file = file_of(files, kIndexFile)) index.emplace(*file);
  for (uint32_t i = 0; i < files.size(); ++i) {
    if (files[i].name.ends_with(".safetensors"))
      add_tensors(manifest, files, i, index ? &*index : nullptr);
  }
  if (index) index->finish();
}

/// Tied: the output is the embedding, whatever the checkpoint stores beside it.
void settle_output(Manifest& manifest, const HfSettings& config) {
  const bool is_tied = config.truth_or("tie_word_embeddings", false);
  const auto is_output = [](const TensorEntry& entry) { return entry.name == "output.weight"; };
  if (is_tied) std::erase_if(manifest.tensors, is_output);
  if (!is_tied && std::ranges::none_of(manifest.tensors, is_output)) {
    refuse(config.file(), "tie_word_embeddings is false, but lm_head.weight is missing");
  }
}

std::vector<int32_t> tokens_at(const HfSettings& settings, const char* path, size_t pieces) {
  std::vector<int32_t> tokens;
  for (const uint32_t token : settings.wholes(path)) {
    if (token >= pieces) {
      refuse(settings.file(), "{} is {}, but there are {} tokens", path, token, pieces);
    }
    tokens.push_back(static_cast<int32_t>(token));
  }
  return tokens;
}

/// `config.json` and `generation_config.json` both say which tokens begin and end a text.
void add_begin_and_ends(Vocabulary& vocabulary, const HfSettings& settings) {
  const size_t pieces = vocabulary.pieces.size();
  for (const int32_t bos : tokens_at(settings, "bos_token_id", pieces)) {
    if (vocabulary.bos < 0) vocabulary.bos = bos;
  }
  for (const int32_t end : tokens_at(settings, "eos_token_id", pieces)) {
    if (std::ranges::find(vocabulary.ends, end) == vocabulary.ends.end())
      vocabulary.ends.push_back(end);
  }
}

/// The template that stands alone counts more than the one in the configuration.
void add_tokenizer(Manifest& manifest, const Files& files, const HfSettings& config) {
  manifest.vocabulary =
      read_tokenizer_json(*file_of(files, kTokenizerFile), manifest.hyper.vocabulary);
  if (const SourceFile* file = file_of(files, kTokenizerConfig)) {
    manifest.chat_template = read_tokenizer_config(*file, manifest.vocabulary);
  }
  if (const SourceFile* file = file_of(files, kChatTemplateFile)) {
    if (file->bytes.size() > kStringBytesMax) {
      refuse(file->name, "has {} bytes, allowed are {}", file->bytes.size(), kStringBytesMax);
    }
    manifest.chat_template.assign(file->bytes.begin(), file->bytes.end());
  }
  add_begin_and_ends(manifest.vocabulary, config);
  if (const SourceFile* file = file_of(files, kGenerationConfig)) {
    add_begin_and_ends(manifest.vocabulary, HfSettings(*file));
  }
}

void add_vocabulary(Manifest& manifest, const Files& files, const HfSettings& config) {
  if (file_of(files, kTokenizerFile) != nullptr) return add_tokenizer(manifest, files, config);
  const SourceFile* words = file_of(files, kLlama2cVocabulary);
  if (words == nullptr) return;
  if (config.has("tokenizer")) config.require("tokenizer", words->name);
  // Its reader lets BOS end a text too, as the stories models want it.
  manifest.vocabulary = read_llama2c_vocabulary(*words, manifest.hyper.vocabulary);
  add_begin_and_ends(manifest.vocabulary, config);
}

}  // namespace

Manifest read_hf_folder(const std::vector<SourceFile>& files) {
  const HfSettings config(files.front());
  Manifest manifest;
  manifest.hyper = read_hf_hyper(config);
  manifest.name = manifest.hyper.architecture;
  if (manifest.hyper.vocabulary == 0 || manifest.hyper.vocabulary > kVocabularyMax) {
    refuse(config.file(), "vocab_size is {}, allowed is 1 to {}", manifest.hyper.vocabulary,
           kVocabularyMax);
  }
  add_all_tensors(manifest, files);
  settle_output(manifest, config);
  settle_layers(config.file(), manifest);
  add_vocabulary(manifest, files, config);
  return manifest;
}

}  // namespace suan::engine
