#include "cli/model_files.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "cli/input_text.h"

namespace suan::cli {

namespace {

/// Lines of progress on stderr: one that changes on a terminal, else one for each tenth.
class Progress {
 public:
  void show(uint64_t done, uint64_t total) {
    const auto percent = static_cast<uint32_t>(total > 0 ? done * 100 / total : 100);
    if (percent == shown_ || (!is_terminal_ && percent / 10 == shown_ / 10)) return;
    shown_ = percent;
    fmt::print(stderr, "{}{:3} % of {:.1f} MB{}", is_terminal_ ? "\r" : "", percent,
               static_cast<double>(total) / 1e6, is_terminal_ && percent < 100 ? "" : "\n");
    std::fflush(stderr);
  }

 private:
  bool is_terminal_ = isatty(STDERR_FILENO) == 1;
  uint32_t shown_ = 0;
};

std::optional<Loss> loss_of(const ModelOptions& options, const std::string& text_file) {
  if (text_file.empty()) return std::nullopt;
  LoadedModel model = load_model(options);
  return text_loss(model, read_text_file(text_file));
}

uint64_t bytes_of(const engine::Manifest& manifest) {
  uint64_t bytes = 0;
  for (const engine::TensorEntry& tensor : manifest.tensors)
    bytes += tensor.bytes;
  return bytes;
}

struct Converted {
  uint64_t bytes_before = 0;
  uint64_t bytes_after = 0;
  std::string type;
  std::optional<Loss> before;
  std::optional<Loss> after;
};

void print_text(const ConvertCommand& wish, const Converted& result) {
  fmt::print("{}: {}, {:.1f} MB of weights from {:.1f} MB\n", wish.out, result.type,
             static_cast<double>(result.bytes_after) / 1e6,
             static_cast<double>(result.bytes_before) / 1e6);
  if (!result.before) return;
  fmt::print("before: {:.4f} nats per token, perplexity {:.4f}\n", result.before->mean(),
             std::exp(result.before->mean()));
  fmt::print("after:  {:.4f} nats per token, perplexity {:.4f}, over {} tokens\n",
             result.after->mean(), std::exp(result.after->mean()), result.after->tokens);
}

Json loss_json(const Loss& loss) {
  return {{"nll_mean", loss.mean()},
          {"nll_sum", loss.nll_sum},
          {"tokens", loss.tokens},
          {"perplexity", std::exp(loss.mean())}};
}

void print_json(const ConvertCommand& wish, const Converted& result) {
  Json json = {{"file", wish.out},
               {"quantization", result.type},
               {"bytes_before", result.bytes_before},
               {"bytes", result.bytes_after}};
  if (result.before) {
    json["before"] = loss_json(*result.before);
    json["after"] = loss_json(*result.after);
  }
  fmt::print("{}\n", dump_json(json));
}

void check_output(const std::string& out) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(out, error))) {
    throw Failure(1, out + " exists already; nothing is ever written over it");
  }
}

/// A tiny model's file, or folder when the name does not end in .gguf.
int make_tiny(const engine::TinyModel& wish, const std::string& out) {
  check_output(out);
  const bool is_file = std::filesystem::path(out).extension() == ".gguf";
  const auto made =
      is_file ? engine::write_tiny_gguf(wish, out) : engine::write_tiny_folder(wish, out);
  fmt::print("{}\n", made.string());
  return 0;
}

void add_convert(CLI::App& model, Commands& commands) {
  const auto wish = std::make_shared<ConvertCommand>();
  wish->threads = std::max(1U, std::thread::hardware_concurrency());
  CLI::App* sub = model.add_subcommand("convert", "Write a model as GGUF");
  sub->footer(
      "Example:  suan model convert models/stories-moe stories.gguf --quantize q8_0\n"
      "          suan model convert in.gguf out.gguf --quantize q4_k --perplexity text.txt");
  sub->add_option("IN", wish->file, "GGUF file, folder with config.json, or llama2.c .bin")
      ->required();
  sub->add_option("OUT", wish->out, "The GGUF file to write; must not exist")->required();
  sub->add_option("--quantize", wish->type, "How matrices are stored (otherwise as they are)");
  sub->add_option("--perplexity", wish->text_file, "A text to measure before and after");
  sub->add_option("--threads", wish->threads, "Threads that compute")
      ->check(CLI::Range(1, 1024));
  sub->add_flag("--json", wish->as_json, "One JSON document");
  sub->callback([&commands, wish] {
    wish->reader.arguments = {commands.program, "model-reader"};
    commands.chosen = [wish] { return convert(*wish); };
  });
}

void add_make_tiny(CLI::App& model, Commands& commands) {
  struct Wish : engine::TinyModel {
    std::string out{};
    std::string type_name = "f32";
    bool is_lite = false;
  };

  const auto wish = std::make_shared<Wish>();
  CLI::App* sub = model.add_subcommand("make-tiny", "Write a small random model, for tests");
  sub->footer(
      "Example:  suan model make-tiny tiny.gguf --arch deepseek2 --type q8_0\n"
      "          suan model make-tiny tiny-folder --arch qwen2   # config.json and "
      "safetensors");
  sub->add_option("OUT", wish->out, "FILE.gguf, or else a folder")->required();
  sub->add_option("--arch", wish->architecture, engine::tiny_architectures())->required();
  sub->add_option("--seed", wish->seed, "Of the weights; the same seed gives the same bytes");
  sub->add_option("--type", wish->type_name, "How matrices are stored");
  sub->add_option("--layers", wish->layers, "Layers");
  sub->add_option("--dim", wish->dim, "Width; K types need a multiple of 256");
  sub->add_option("--heads", wish->heads, "Attention heads");
  sub->add_option("--experts", wish->experts, "Routed experts");
  sub->add_option("--context", wish->context_tokens, "Context in tokens");
  sub->add_option("--shards", wish->shards, "Files that the weights are split over");
  sub->add_flag("--tied", wish->is_tied, "The output shares the embedding's matrix");
  sub->add_flag("--yarn", wish->has_yarn, "A context stretched by YaRN");
  sub->add_flag("--rope-factors", wish->has_rope_factors, "llama: stretched as in Llama 3.1");
  sub->add_flag("--v2", wish->is_v2, "deepseek2: the softmax router of V2");
  sub->add_flag("--lite", wish->is_lite, "deepseek2: no low-rank queries, as V2-Lite");
  sub->add_flag("--legacy", wish->is_joined, "deepseek2: attn_kv_b unsplit, as in old files");
  sub->add_flag("--mtp", wish->has_prediction, "deepseek2: with a layer that predicts further");
  sub->callback([&commands, wish] {
    commands.chosen = [wish] {
      std::vector<std::string_view> known = engine::convertible_types();
      known.emplace_back(engine::name_of(engine::TensorType::F8E4M3));
      wish->type = type_of_name(wish->type_name, known);
      wish->has_query_rank = !wish->is_lite;
      return make_tiny(*wish, wish->out);
    };
  });
}

}  // namespace

engine::TensorType type_of_name(const std::string& name,
                                const std::vector<std::string_view>& known) {
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto type = engine::tensor_type(lower);
  if (type && std::ranges::find(known, engine::name_of(*type)) != known.end()) return *type;
  const std::string_view near = nearest(lower, known);
  throw Failure(2, fmt::format("there is no type {}{}; types are {}", name,
                               near.empty() ? "" : fmt::format(" (did you mean {}?)", near),
                               fmt::join(known, ", ")));
}

int convert(const ConvertCommand& wish) {
  engine::ConvertWish how{.threads = wish.threads};
  if (!wish.type.empty()) how.type = type_of_name(wish.type, engine::convertible_types());
  check_output(wish.out);
  Converted result;
  result.before = loss_of(wish, wish.text_file);
  {
    const auto model = engine::open_model(wish.file, wish.reader);
    result.bytes_before = bytes_of(model->manifest());
    Progress progress;
    engine::convert_model(*model, wish.out, how,
                          [&](uint64_t done, uint64_t total) { progress.show(done, total); });
  }
  ModelOptions written = static_cast<const ModelOptions&>(wish);
  written.file = wish.out;
  result.after = loss_of(written, wish.text_file);
  const auto model = engine::open_model(wish.out, wish.reader);
  result.bytes_after = bytes_of(model->manifest());
  result.type = model->manifest().quantization;
  wish.as_json ? print_json(wish, result) : print_text(wish, result);
  return 0;
}

void add_model_file_commands(CLI::App& model, Commands& commands) {
  add_convert(model, commands);
  add_make_tiny(model, commands);
}

}  // namespace suan::cli
