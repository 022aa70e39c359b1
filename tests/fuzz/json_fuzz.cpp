// JSON from outside: what passes the checks can be copied, dumped and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "catalog/types/canonical_json.h"
#include "catalog/types/chat_json.h"
#include "catalog/types/json.h"

namespace {

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

/// Numbers beyond 2^53 have no canonical form; everything else must come back equal.
void check_canonical(const suan::Json& json) {
  try {
    const std::string once = suan::canonical_json(json);
    const auto again = suan::parse_json(once);
    require(again.has_value() && suan::canonical_json(*again) == once);
  } catch (const std::invalid_argument&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)suan::parse_json(text, {.allow_comments = true});
  for (const auto kind : {suan::RequestKind::Chat, suan::RequestKind::Completion,
                          suan::RequestKind::Tokenize, suan::RequestKind::Detokenize}) {
    (void)suan::parse_body(kind, text, {512, 32'000});
  }

  const auto json = suan::parse_json(text);
  if (!json) return 0;
  const suan::Json copy = *json;  // NOLINT(performance-unnecessary-copy-initialization)
  require(suan::parse_json(suan::dump_json(copy)).has_value());
  check_canonical(copy);
  return 0;
}
