#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/sampling/sampler.h"
#include "tests/engine/grammar/schema_checker.h"
#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

/// Pieces that reach over the borders of values, and cut characters.
std::vector<std::string> json_pieces() {
  return {"{\"",  "\":",  "\": ", "\",\"", "\", \"", "\"}",      "\"]",      "},{",    "}]",
          "]}",   "}}",   "[[",   "[{",    "[]",     "{}",       "{ ",       "\n  ",   "\n\n",
          "  ",   " \"",  ": ",   ", ",    "true",   "tru",      "false",    "null",   "nul",
          "12",   "-1",   "0.",   ".5",    "e+",     "1e",       "hello",    " world", "a\"",
          "\\\"", "\\u",  "\\n",  "\\",    "00e9",   "\xf0\x9f", "\x98\x80", "\xc3",   "\xa9\"",
          "name", "\"na", "me\"", "id",    "kids",   "\"a\":",   "\"b\":",   "2024-",  "-02-",
          "AB-",  "@x.",  ".org", "admin", "\"adm",  "2,",       "3]"};
}

/// Random logits, which after a while lean towards what closes values.
class RandomModel {
 public:
  RandomModel(const TokenTable& table, unsigned seed) : table_(table), random_(seed) {}

  std::vector<float> logits(size_t step) {
    std::normal_distribution<float> normal(0, 3);
    std::vector<float> logits(table_.size());
    for (uint32_t token = 0; token < table_.size(); ++token) {
      logits[token] = normal(random_);
      const std::string_view text = table_.spelled(static_cast<int32_t>(token));
      const bool closes = text.find_first_of("\"]}") != std::string_view::npos;
      const bool opens = text.find_first_of("[{,\\") != std::string_view::npos;
      if (step > 60 && (closes || table_.is_end(static_cast<int32_t>(token))))
        logits[token] += 12;
      if (step > 60 && opens) logits[token] -= 14;
    }
    return logits;
  }

 private:
  const TokenTable& table_;
  std::mt19937 random_;
};

/// What a model with random logits writes; empty when it comes to no end in 3,000 tokens.
std::string written_text(const std::shared_ptr<const Grammar>& grammar,
                         const TokenTable& table,
                         unsigned seed) {
  RandomModel model(table, seed);
  Sampling sampling;
  sampling.seed = seed;
  Sampler sampler(sampling, {});
  SamplingRoom room;
  GrammarState state(grammar);
  std::vector<uint64_t> mask((table.size() + 63) / 64);
  std::string text;
  for (size_t step = 0; step < 3000; ++step) {
    if (!state.mask(mask)) {
      ADD_FAILURE() << state.failure() << " after " << text;
      return {};
    }
    const int32_t token = sampler.draw(model.logits(step), room, mask);
    if (!state.accept(token)) {
      ADD_FAILURE() << "the mask allows a token that does not fit after " << text;
      return {};
    }
    if (table.is_end(token)) return text;
    text += table.spelled(token);
  }
  return {};
}

const std::vector<std::string>& schemas() {
  static const std::vector<std::string> kSchemas{
      R"({"type":"object"})",
      R"({"type":"array","items":{"type":["integer","string","null"],"maxLength":5},"maxItems":6})",
      R"({"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":12},
          "id":{"type":"integer","minimum":-3,"maximum":1200},"x":{"type":"number","exclusiveMinimum":-1.5,
          "maximum":7.25},"role":{"enum":["admin","user",3,null]}},"required":["name","id","x"],
          "additionalProperties":false})",
      R"({"type":"object","properties":{"a":{"type":"boolean"},"b":{"const":"é\n"},"c":{"type":"null"}},
          "additionalProperties":{"type":"integer","multipleOf":7}})",
      R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"name":{"type":"string",
          "pattern":"^[A-Z]{2}-[0-9]+$"},"kids":{"type":"array","items":{"$ref":"#/$defs/node"},
          "maxItems":2}},"required":["name","kids"]}}})",
      R"({"type":"object","properties":{"d":{"type":"string","format":"date"},"u":{"type":"string",
          "format":"uuid"},"m":{"type":"string","format":"email"},"p":{"type":"string","pattern":"b[0-9]",
          "maxLength":9}},"required":["d","u","m","p"]})",
      R"({"oneOf":[{"type":"object","properties":{"t":{"const":"x"},"v":{"type":"integer"}},
          "required":["t","v"]},{"type":"object","properties":{"t":{"const":"y"},"w":{"type":"string"}},
          "required":["t"]},{"type":"array","prefixItems":[{"type":"boolean"},{"type":"number"}],
          "items":false,"minItems":1}]})",
      R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer","minimum":3}},"required":["a"]},
          {"properties":{"a":{"maximum":40},"b":{"type":"string"}},"required":["b"]}],
          "anyOf":[{"properties":{"c":{"type":"boolean"}},"required":["c"]},
          {"properties":{"d":{"type":"array","items":{"type":"number"},"minItems":1,"maxItems":4}},
          "required":["d"]}]})"};
  return kSchemas;
}

TEST(Generation, RandomLogitsWriteJsonThatFitsItsSchema) {
  const auto table = byte_table(json_pieces());
  for (const std::string& text : schemas()) {
    const auto root = nlohmann::json::parse(text);
    const auto grammar = compiled(schema(text), table);
    int ended = 0;
    for (unsigned seed = 0; seed < 25; ++seed) {
      const std::string made = written_text(grammar, *table, seed);
      if (made.empty()) continue;
      ++ended;
      const auto value = nlohmann::json::parse(made, nullptr, false);
      ASSERT_FALSE(value.is_discarded()) << made;
      ASSERT_TRUE(fits_schema(value, root, root)) << made << '\n' << text;
    }
    EXPECT_GE(ended, 20) << text;
  }
}

TEST(Generation, JsonModeWritesObjects) {
  const auto table = byte_table(json_pieces());
  const auto grammar = compiled({.kind = GrammarSource::Kind::JsonObject}, table);
  int ended = 0;
  for (unsigned seed = 100; seed < 140; ++seed) {
    const std::string made = written_text(grammar, *table, seed);
    if (made.empty()) continue;
    ++ended;
    EXPECT_TRUE(nlohmann::json::parse(made, nullptr, false).is_object()) << made;
  }
  EXPECT_GE(ended, 35);
}

TEST(Generation, AGrammarThatAllowsEverythingChangesNothing) {
  const auto table = byte_table({"ab", "cd", "é"});
  GrammarSource source = gbnf("root ::= .*");
  const auto grammar = compiled(source, table);
  // Greedy, over whole characters: the mask must never be what decides.
  std::mt19937 random(3);
  GrammarState state(grammar);
  std::vector<uint64_t> mask((table->size() + 63) / 64);
  Sampling greedy;
  greedy.temperature = 0;
  Sampler masked(greedy, {});
  Sampler free(greedy, {});
  SamplingRoom room;
  for (int step = 0; step < 200; ++step) {
    std::vector<float> logits(table->size());
    for (uint32_t token = 0; token < table->size(); ++token) {
      const bool is_character = token < 128 || (token >= 256 && token < 259);
      logits[token] = static_cast<float>(random() % 1000) - (is_character ? 0 : 5000.0F);
    }
    ASSERT_TRUE(state.mask(mask));
    const int32_t expected = free.draw(logits, room);
    ASSERT_EQ(masked.draw(logits, room, mask), expected);
    ASSERT_TRUE(state.accept(expected));
  }
}

}  // namespace
}  // namespace suan::engine
