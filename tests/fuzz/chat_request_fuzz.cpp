#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "catalog/types/chat_json.h"
#include "catalog/types/json.h"
#include "web_api/openai/request_scan.h"

// The gateway scans a body in place; the agent builds a tree of it. What the gateway lets
// through must be JSON to the tree parser as well, or a request could fail late, at a replica.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan;
  const std::string input(reinterpret_cast<const char*>(data), size);
  for (const RequestKind kind : {RequestKind::Chat, RequestKind::Completion,
                                 RequestKind::Tokenize, RequestKind::Detokenize}) {
    std::string body = input;
    const auto scanned = web_api::scan_request(kind, body);
    if (body != input) std::abort();
    if (!scanned) continue;
    if (!parse_json(input)) std::abort();
    const auto in_range = check(scanned->sampling, {});
    const auto parsed = parse_body(kind, input, {});
    if (in_range && !parsed) std::abort();
  }
  return 0;
}
