#include "engine/grammar/schema_scalars.h"

#include <fmt/format.h>

#include "engine/grammar/formats.h"
#include "engine/grammar/pattern.h"
#include "engine/grammar/schema_keywords.h"

namespace suan::engine {

ExprId SchemaScalars::string(const JsonNode& schema, const SchemaPlace& place) {
  const uint32_t low = count_of(schema, "minLength", place).value_or(0);
  const uint32_t high = count_of(schema, "maxLength", place).value_or(kNoBound);
  if (low > high) return draft_.choice({});
  const JsonNode* pattern = schema.find("pattern");
  const JsonNode* format = schema.find("format");
  if (pattern == nullptr && format == nullptr) {
    try {
      return rules_.string_of_length(low, high);
    } catch (const GrammarError& error) {
      throw error_at(place, error.what());
    }
  }
  if (pattern != nullptr && format != nullptr) {
    throw error_at(place.below("format"), "\"format\" beside \"pattern\" is not supported");
  }
  const std::string_view keyword = pattern != nullptr ? "pattern" : "format";
  const JsonNode& node = pattern != nullptr ? *pattern : *format;
  if (!node.is_text())
    throw error_at(place.below(keyword), fmt::format("{} is no text", keyword));
  std::string_view source = node.text;
  if (format != nullptr) source = pattern_of_format(node.text);
  if (source.empty() && format != nullptr) {
    throw error_at(place.below("format"),
                   fmt::format("the format \"{}\" is not supported", node.text));
  }
  try {
    return string_of_pattern(source, low, high);
  } catch (const GrammarError& error) {
    throw error_at(place.below(keyword), error.what());
  }
}

ExprId SchemaScalars::string_of_pattern(std::string_view pattern, uint32_t low, uint32_t high) {
  const std::string key = fmt::format("{} {} {}", low, high, pattern);
  const auto [found, is_new] = patterns_.try_emplace(key, 0);
  if (is_new) {
    CompileBudget& budget = draft_.budget();
    CodeGraph graph = compile_pattern(pattern, budget);
    if (low > 0 || high != kNoBound) graph = with_length(graph, low, high, budget);
    const ExprId quote = draft_.bytes("\"");
    const ExprId inside = draft_.graph(in_json_string(graph, budget));
    found->second = draft_.add_rule("pattern");
    draft_.define(found->second, draft_.sequence({quote, inside, quote}), true);
  }
  return draft_.call(found->second);
}

ExprId SchemaScalars::number(const JsonNode& schema, bool is_whole, const SchemaPlace& place) {
  try {
    const NumberRange range = range_of(schema, is_whole, place);
    if (range.low || range.high || range.multiple_of) {
      return draft_.graph(number_graph(range));
    }
  } catch (const GrammarError& error) {
    throw error_at(place, error.what());
  }
  return is_whole ? rules_.whole_number() : rules_.number();
}

}  // namespace suan::engine
