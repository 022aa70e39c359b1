// JSON schemas: compiled within their limits or refused by a sentence; what is made under one is
// JSON. The first byte says whether the schema is that of a tool's arguments.
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "tests/fuzz/grammar_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan::engine;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  const std::string schema(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 4 == 3) {
    (void)suan::fuzz::walk({.kind = GrammarSource::Kind::ToolCalls,
                            .functions = {{"add", schema}, {"now", ""}},
                            .format = {.begin = "<call>",
                                       .name_end = "(",
                                       .call_end = ")",
                                       .is_optional = data[0] % 8 == 7}},
                           size);
    return 0;
  }
  const std::string text =
      suan::fuzz::walk({.kind = GrammarSource::Kind::JsonSchema, .text = schema}, size);
  if (!text.empty() && !nlohmann::json::accept(text)) std::abort();
  return 0;
}
