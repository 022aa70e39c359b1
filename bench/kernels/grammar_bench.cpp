#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/grammar/grammar.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/model_file.h"

// Masks over a large vocabulary while JSON is written, token by token. A mask that is already
// known costs a copy (16 KB for 129,280 tokens); one that is not, the walks over what the stack
// decides. Read it as: p99_us far below a decoding step (milliseconds) is unnoticeable.
//
// The vocabulary is DeepSeek-V3's where tools/fetch_tokenizers.sh has fetched it, otherwise one
// made of as many pieces of letters, digits, blanks and punctuation.

namespace suan::engine {
namespace {

constexpr size_t kMadeTokens = 129'280;

std::string made_piece(size_t number) {
  static const std::string kMarks[] = {"\"", "\",\"", "\":", "},", "]", "{\"", " \"", "\n  "};
  if (number < 256) return std::string(1, static_cast<char>(number));
  if (number < 1256) return std::to_string(number - 256);
  std::string text = number % 2 == 0 ? " " : "";
  for (size_t rest = number; rest > 0; rest /= 23)
    text += static_cast<char>('a' + rest % 23);
  return number % 40 == 0 ? text + kMarks[number / 40 % std::size(kMarks)] : text;
}

std::shared_ptr<const TokenTable> table() {
  static const auto kTable = [] {
    const std::filesystem::path model =
        "build/tokenizers/node_modules/@lenml/"
        "tokenizer-deepseek_v3/models";
    if (std::filesystem::exists(model / "tokenizer.json")) {
      return make_token_table(*make_tokenizer(open_model(model, {})->manifest().vocabulary));
    }
    std::vector<TokenText> tokens;
    for (size_t i = 0; i < kMadeTokens; ++i)
      tokens.push_back({.bytes = made_piece(i)});
    tokens.push_back({.bytes = "<|end|>", .is_control = true, .is_end = true});
    return std::make_shared<const TokenTable>(std::move(tokens));
  }();
  return kTable;
}

const char* const kPerson = R"({"type":"object","properties":{
  "name":{"type":"string","maxLength":80},"age":{"type":"integer","minimum":0,"maximum":150},
  "born":{"type":"string","format":"date"},"role":{"enum":["admin","user","guest"]},
  "tags":{"type":"array","items":{"type":"string"},"maxItems":20},
  "address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"},
    "zip":{"type":"string","pattern":"^[0-9]{5}$"}},"required":["street","city"]},
  "friends":{"type":"array","items":{"$ref":"#"}}},
  "required":["name","age","tags","address","friends"],"additionalProperties":false})";

const char* const kPersonText =
    R"({"name":"Ada Lovelace, née Byron","age":36,"born":"1815-12-10","role":"admin",)"
    R"("tags":["mathematics","engines and \"notes\""],"address":{"street":"12 St James's Square",)"
    R"("city":"London","zip":"12345"},"friends":[{"name":"Charles","age":44,"tags":[],)"
    R"("address":{"street":"1 Dorset Street","city":"London"},"friends":[]}]})";

GrammarSource source_of(int64_t number) {
  if (number == 0) return {.kind = GrammarSource::Kind::JsonObject};
  return {.kind = GrammarSource::Kind::JsonSchema, .text = kPerson};
}

/// The longest token that goes on with `text`, as a greedy tokenizer would.
int32_t next_token(const TokenTable& tokens, std::string_view text) {
  int32_t best = -1;
  const auto nodes = tokens.nodes();
  uint32_t node = 0;
  for (const char byte : text) {
    uint32_t child = node + 1;
    while (child < nodes[node].next && nodes[child].byte != static_cast<uint8_t>(byte))
      child = nodes[child].next;
    if (child >= nodes[node].next) break;
    node = child;
    if (nodes[node].tokens > 0) best = tokens.order()[nodes[node].first_token];
  }
  return best;
}

std::vector<int32_t> tokens_of(const TokenTable& tokens, std::string_view text) {
  std::vector<int32_t> ids;
  while (!text.empty()) {
    ids.push_back(next_token(tokens, text));
    text.remove_prefix(tokens.spelled(ids.back()).size());
  }
  return ids;
}

double at_share(std::vector<double>& sorted, double share) {
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

/// One text after another, each with a state of its own, as requests have.
void bm_token_mask(benchmark::State& state) {
  const auto tokens = table();
  const auto grammar = compile_grammar(source_of(state.range(0)), tokens);
  const std::vector<int32_t> text = tokens_of(*tokens, kPersonText);
  std::vector<uint64_t> bits((tokens->size() + 63) / 64);
  std::vector<double> mask_us;
  std::vector<double> accept_us;
  using Clock = std::chrono::steady_clock;
  const auto us = [](Clock::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
  };

  for (auto _ : state) {
    GrammarState place(*grammar);
    for (const int32_t token : text) {
      const auto begin = Clock::now();
      benchmark::DoNotOptimize(place.mask(bits));
      const auto middle = Clock::now();
      if (!place.accept(token)) state.SkipWithError("the text does not fit");
      mask_us.push_back(us(middle - begin));
      accept_us.push_back(us(Clock::now() - middle));
    }
  }

  std::ranges::sort(mask_us);
  std::ranges::sort(accept_us);
  state.counters["mask_us_p50"] = at_share(mask_us, 0.5);
  state.counters["mask_us_p99"] = at_share(mask_us, 0.99);
  state.counters["mask_us_max"] = mask_us.back();
  state.counters["accept_us_p50"] = at_share(accept_us, 0.5);
  state.counters["accept_us_p99"] = at_share(accept_us, 0.99);
  state.counters["tokens"] = static_cast<double>(text.size());
  state.SetLabel(state.range(0) == 0 ? "json_object" : "json_schema");
}

BENCHMARK(bm_token_mask)->ArgName("source")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

/// Compiling, masks of all states included: what the first request with a schema waits for.
void bm_compile_grammar(benchmark::State& state) {
  const auto tokens = table();
  size_t bytes = 0;
  for (auto _ : state) {
    const auto grammar = compile_grammar(source_of(state.range(0)), tokens);
    bytes = (*grammar)->bytes();
  }
  state.counters["KiB"] = static_cast<double>(bytes) / 1024;
  state.SetLabel(state.range(0) == 0 ? "json_object" : "json_schema");
}

BENCHMARK(bm_compile_grammar)->ArgName("source")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace suan::engine
