#pragma once

#include <string>

#include "catalog/types/request.h"

namespace suan::web_api {

/// Where the gateway delivers one request's answer: an SSE connection, or a collector.
///
/// Order of calls: placed*, (push)*, end once. `placed` again means that the attempt before it
/// delivered nothing and was replaced.
/// Threads:  called on the gateway's loop; an implementation hands over to its own thread.
class TokenStream {
 public:
  virtual ~TokenStream() = default;

  virtual void placed(const PlacedAt& where) = 0;

  /// False: the client is gone or too slow (more than 1 MiB unsent); the gateway cancels.
  virtual bool push(TokenEvent event) = 0;

  /// The last call. `answer_json` is the whole answer of tokenize and detokenize, else empty.
  virtual void end(Outcome outcome, std::string answer_json) = 0;
};

}  // namespace suan::web_api
