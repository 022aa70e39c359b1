#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "cli/command.h"
#include "cli/input_text.h"
#include "cli/model_bench.h"
#include "cli/model_files.h"
#include "cli/model_inspect.h"
#include "cli/model_text.h"
#include "cli/model_work.h"
#include "engine/backend/registry.h"

namespace suan::cli {

namespace {

/// All options of `suan model`, whichever subcommand they belong to.
struct Wish : ModelOptions {
  bool as_json = false;
  InspectWish inspection{};
  GenerateWish generation{};
  std::vector<int32_t> tokens{};
  uint32_t top = 10;
  bool wants_all = false;
  bool adds_bos = false;
  bool has_prompt = false;
  std::string text_file{};
  std::string ids_file{};
  BenchWish bench{};
};

int inspect(const Wish& wish) {
  const auto model = engine::open_model(wish.file, wish.reader);
  fmt::print("{}\n", wish.as_json ? inspect_json(*model, wish.inspection)
                                  : inspect_text(*model, wish.inspection));
  return 0;
}

int run_generate(const Wish& wish) {
  LoadedModel model = load_model(wish);
  const auto show = [&](std::string_view text) {
    if (wish.as_json) return;
    fmt::print("{}", text);
    std::fflush(stdout);
  };
  const Generated answer = generate(model, wish.generation, show);
  fmt::print("{}\n", wish.as_json ? generate_json(model, answer) : "");
  return 0;
}

int run_logits(const Wish& wish) {
  LoadedModel model = load_model(wish);
  const auto positions = logprobs(model, wish.tokens, wish.top, wish.wants_all);
  fmt::print("{}\n", logits_json(positions));
  return 0;
}

int tokenize(const Wish& wish) {
  const auto model = engine::open_model(wish.file, wish.reader);
  const auto tokenizer = engine::make_tokenizer(model->manifest().vocabulary);
  const std::string text =
      wish.has_prompt ? wish.generation.prompt : read_input(std::cin, "standard input");
  fmt::print("{}\n", tokens_json(tokenizer->encode(text, wish.adds_bos)));
  return 0;
}

std::vector<int32_t> ids_of_line(const std::string& line, const std::string& where) {
  const Result<Json> json = parse_json(line);
  if (!json) throw Failure(1, fmt::format("{}: {}", where, json.error().message));
  const auto ids = json->is_object() ? json->find("ids") : json->end();
  if (ids == json->end() || !ids->is_array()) throw Failure(1, where + " has no list \"ids\"");
  std::vector<int32_t> tokens;
  for (const Json& id : *ids) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > INT32_MAX) {
      throw Failure(1, where + " has something else than token ids in \"ids\"");
    }
    tokens.push_back(id.get<int32_t>());
  }
  return tokens;
}

std::vector<Loss> losses_of_lines(LoadedModel& model, const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Failure(1, path + " cannot be read");
  std::vector<Loss> losses;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const auto ids = ids_of_line(line, fmt::format("{}, line {}", path, number));
    losses.push_back(document_loss(model, ids));
  }
  if (losses.empty()) throw Failure(1, path + " has no lines");
  return losses;
}

int perplexity(const Wish& wish) {
  if (wish.text_file.empty() == wish.ids_file.empty()) {
    throw Failure(2, "perplexity needs either --text FILE or --ids FILE.jsonl");
  }
  LoadedModel model = load_model(wish);
  std::vector<Loss> documents;
  Loss total;
  if (wish.ids_file.empty()) {
    total = text_loss(model, read_text_file(wish.text_file));
  } else {
    documents = losses_of_lines(model, wish.ids_file);
    for (const Loss& loss : documents) {
      total.nll_sum += loss.nll_sum;
      total.tokens += loss.tokens;
    }
  }
  if (wish.as_json) {
    fmt::print("{}\n", perplexity_json(total, documents));
  } else {
    fmt::print("{:.4f} nats per token over {} tokens\n", total.mean(), total.tokens);
  }
  return 0;
}

int run_bench(const Wish& wish) {
  const BenchReport report = bench_model(wish, wish.bench);
  fmt::print("{}\n", wish.as_json ? bench_json(report) : bench_text(report));
  return 0;
}

using Run = int (*)(const Wish&);

/// A subcommand with the options that all of them take.
CLI::App* add(CLI::App& parent,
              Commands& commands,
              const std::shared_ptr<Wish>& wish,
              const char* name,
              const char* help,
              Run run) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->add_option("FILE", wish->file, "GGUF file, folder with config.json, or llama2.c .bin")
      ->required();
  std::vector<std::string> backends = engine::available_backends();
  backends.insert(backends.begin(), "auto");
  sub->add_option("--threads", wish->threads, "Threads that compute")
      ->check(CLI::Range(1, 1024));
  sub->add_option("--backend", wish->backend, "What computes")->check(CLI::IsMember(backends));
  std::vector<std::string> isas = engine::available_isas();
  isas.insert(isas.begin(), "auto");
  sub->add_option("--isa", wish->isa, "Instruction set of backend cpu")
      ->check(CLI::IsMember(isas));
  sub->add_flag("--json", wish->as_json, "One JSON document");
  sub->callback([&commands, wish, run] {
    wish->reader.arguments = {commands.program, "model-reader"};
    commands.chosen = [wish, run] { return run(*wish); };
  });
  return sub;
}

void add_generate(CLI::App& model, Commands& commands, const std::shared_ptr<Wish>& wish) {
  CLI::App* sub = add(model, commands, wish, "generate", "Continue a text", run_generate);
  sub->footer(
      "Example:  suan model generate models/stories-moe -p \"Once upon a time\" -n 100");
  sub->add_option("-p,--prompt", wish->generation.prompt, "Text to continue")->required();
  sub->add_option("-n,--tokens", wish->generation.tokens_max, "Tokens at the most")
      ->check(CLI::Range(1, 1 << 24));
  sub->add_option("--temperature", wish->generation.temperature,
                  "0: always the likeliest token")
      ->check(CLI::Range(0.0, 2.0));
  sub->add_option("--seed", wish->generation.seed, "Of the draws");
}

void add_logits(CLI::App& model, Commands& commands, const std::shared_ptr<Wish>& wish) {
  CLI::App* sub =
      add(model, commands, wish, "logits", "Log-probabilities after tokens", run_logits);
  sub->footer(
      "Example:  suan model logits models/stories-moe --tokens 1,403,407 --top 5 --json");
  sub->add_option("--tokens", wish->tokens, "Token ids, with commas between")
      ->required()
      ->delimiter(',');
  sub->add_option("--top", wish->top, "How many tokens of each position")
      ->check(CLI::Range(0, 1 << 20));
  sub->add_flag("--all", wish->wants_all, "After every token, not only the last");
}

void add_tokenize(CLI::App& model, Commands& commands, const std::shared_ptr<Wish>& wish) {
  CLI::App* sub = add(model, commands, wish, "tokenize", "Token ids of a text", tokenize);
  sub->footer(
      "Example:  echo -n \"Once upon a time\" | suan model tokenize models/stories-moe");
  CLI::Option* prompt = sub->add_option("-p,--prompt", wish->generation.prompt,
                                        "The text (otherwise from standard input)");
  sub->add_flag("--add-bos", wish->adds_bos, "Begin with the token that begins a text");
  sub->parse_complete_callback([wish, prompt] { wish->has_prompt = prompt->count() > 0; });
}

void add_perplexity(CLI::App& model, Commands& commands, const std::shared_ptr<Wish>& wish) {
  CLI::App* sub =
      add(model, commands, wish, "perplexity", "How well a text is predicted", perplexity);
  sub->footer("Example:  suan model perplexity models/stories-moe --text story.txt --json");
  sub->add_option("--text", wish->text_file, "A text file");
  sub->add_option("--ids", wish->ids_file, "JSON Lines with \"ids\" instead of text");
}

void add_bench(CLI::App& model, Commands& commands, const std::shared_ptr<Wish>& wish) {
  CLI::App* sub =
      add(model, commands, wish, "bench", "Tokens per second, and what bounds them", run_bench);
  sub->footer("Example:  suan model bench model.gguf --batch 1,4,8 --depth 0,2048 --json");
  const auto lists = [sub](const char* name, std::vector<uint32_t>& values, const char* help) {
    return sub->add_option(name, values, help)->delimiter(',');
  };
  sub->add_option("--prompt", wish->bench.prompt_tokens, "Tokens of the prompt; 0: no prefill")
      ->check(CLI::Range(0, 1 << 20));
  sub->add_option("--generate", wish->bench.generated_tokens, "Tokens made by each sequence")
      ->check(CLI::Range(1, 1 << 20));
  lists("--batch", wish->bench.batches, "Sequences decoded together")
      ->check(CLI::Range(1, 1024));
  lists("--depth", wish->bench.depths, "Tokens in the cache before decoding")
      ->check(CLI::Range(0, 1 << 20));
  sub->add_option("--repetitions", wish->bench.repetitions, "Of each test, in turn")
      ->check(CLI::Range(1, 1000));
}

}  // namespace

void add_model_command(Commands& commands) {
  CLI::App* model =
      commands.app.add_subcommand("model", "The engine by hand, without a network");
  model->require_subcommand(1);
  const auto wish = std::make_shared<Wish>();
  wish->threads = std::max(1U, std::thread::hardware_concurrency());

  CLI::App* sub = add(*model, commands, wish, "inspect", "What a model file holds", inspect);
  sub->footer("Example:  suan model inspect models/stories-moe");
  sub->add_option("--context", wish->inspection.context_tokens,
                  "Context length to count memory for")
      ->check(CLI::Range(1, 1 << 24));
  sub->add_flag("--digest", wish->inspection.wants_digest, "SHA-256; reads the whole model");
  add_generate(*model, commands, wish);
  add_logits(*model, commands, wish);
  add_tokenize(*model, commands, wish);
  add_perplexity(*model, commands, wish);
  add_bench(*model, commands, wish);
  add_model_file_commands(*model, commands);
}

}  // namespace suan::cli
