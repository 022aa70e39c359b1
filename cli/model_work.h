#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/model_file.h"

namespace suan::cli {

/// What all of `suan model` takes.
struct ModelOptions {
  std::string file;
  std::string backend = "auto";
  std::string isa = "auto";
  uint32_t threads = 1;
  engine::ReaderCommand reader;
};

/// A model that one command works with alone.
///
/// Everything below throws ModelError for a bad file, Failure for a bad wish.
struct LoadedModel {
  std::shared_ptr<const engine::ModelFile> file;
  std::unique_ptr<engine::Engine> engine;
  double load_s = 0;

  [[nodiscard]] const engine::Manifest& manifest() const { return file->manifest(); }
};

[[nodiscard]] LoadedModel load_model(const ModelOptions& options);

struct GenerateWish {
  std::string prompt;
  uint32_t tokens_max = 128;
  double temperature = 0;
  uint64_t seed = 0;
};

/// One continuation. `text` continues the prompt and does not repeat it.
struct Generated {
  std::vector<int32_t> prompt_ids;
  std::vector<int32_t> ids;
  std::string text;
  std::string finish_reason;  // stop, length
  double ttft_s = 0;
  double tokens_per_s = 0;  // after the first; 0 when there is only one
};

/// `on_text` gets the text as it is made, in whole characters.
[[nodiscard]] Generated generate(LoadedModel& model,
                                 const GenerateWish& wish,
                                 const std::function<void(std::string_view)>& on_text);

struct PositionLogprobs {
  uint32_t position = 0;
  std::vector<engine::TokenLogprob> top;  // likeliest first
  std::optional<double> next;             // of the given token that follows
};

/// Log-probabilities after the last of `tokens`, or after each of them.
[[nodiscard]] std::vector<PositionLogprobs> logprobs(LoadedModel& model,
                                                     const std::vector<int32_t>& tokens,
                                                     uint32_t top,
                                                     bool wants_all);

/// Summed negative log-likelihood, in nats, of all tokens but each document's first.
struct Loss {
  double nll_sum = 0;
  uint64_t tokens = 0;

  [[nodiscard]] double mean() const {
    return tokens > 0 ? nll_sum / static_cast<double>(tokens) : 0;
  }
};

/// Requires: 2 tokens or more, no more than the context.
[[nodiscard]] Loss document_loss(LoadedModel& model, const std::vector<int32_t>& ids);

/// A long text is cut into windows of the context's length, each after BOS of its own.
[[nodiscard]] Loss text_loss(LoadedModel& model, const std::string& text);

}  // namespace suan::cli
