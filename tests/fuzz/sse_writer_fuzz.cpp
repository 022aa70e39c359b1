#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "catalog/types/json.h"
#include "catalog/wire/http_client.h"
#include "web_api/http/reply.h"
#include "web_api/openai/answer_format.h"

// Text of a model, whatever its bytes, becomes exactly one event, which is JSON and gives the
// text back (bytes that are no UTF-8 as U+FFFD).
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan;
  const std::string text(reinterpret_cast<const char*>(data), size);
  web_api::AnswerHead head{.kind = size % 2 == 0 ? RequestKind::Chat : RequestKind::Completion,
                           .request = RequestId(Uuid{1, 2}),
                           .model = ModelId("m"),
                           .created_s = 1,
                           .includes_usage = size % 3 == 0};
  TokenEvent event{.choice = 1, .tokens = 1, .text = text, .logprobs = {}};
  if (size % 5 == 0) event.logprobs.push_back({{text, -1.5}, {{text, -1.5}}});

  const std::string sse = web_api::sse_data(web_api::piece_chunk(head, event));
  size_t events = 0;
  std::string shown;
  SseReader reader;
  const auto fed = reader.feed(sse, [&](std::string_view one) {
    ++events;
    const auto json = parse_json(one);
    if (!json) std::abort();
    const Json& choice = (*json)["choices"][0];
    shown = choice.contains("delta") ? choice["delta"]["content"].get<std::string>()
                                     : choice["text"].get<std::string>();
  });
  if (!fed && size < 100'000) std::abort();
  if (fed && events != 1) std::abort();
  if (fed && parse_json(dump_json(text)).value().get<std::string>() != shown) std::abort();
  return 0;
}
