#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "web_api/gateway/token_stream.h"
#include "web_api/http/reply.h"
#include "web_api/openai/answer_format.h"

namespace suan::web_api {

/// `TokenStream` over one client's connection: what both kinds share.
///
/// Texts are made on the gateway's loop; their bytes go to the connection's own thread.
class ReplyStream : public TokenStream {
 public:
  ReplyStream(AnswerHead head, std::shared_ptr<Reply> reply);

  void placed(const PlacedAt& where) override { place_.where = where; }

 protected:
  /// X-Suan-Request-Id, and once it is placed, X-Suan-Site and X-Suan-Node.
  [[nodiscard]] std::vector<Header> headers() const;
  /// Takes the time of the first text.
  void note_text();
  /// The whole answer is this error.
  void send_error(const Outcome& outcome);

  AnswerHead head_;
  std::shared_ptr<Reply> reply_;
  AnswerPlace place_;

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Server-sent events as the tokens come. Until the first one, an error is still an answer with
/// a status of its own; after it, an `error` event and the end of the connection, without [DONE].
class EventStream final : public ReplyStream {
 public:
  using ReplyStream::ReplyStream;

  bool push(TokenEvent event) override;
  void end(Outcome outcome, std::string answer_json) override;

 private:
  void start();

  std::vector<bool> has_role_;  // per choice
  bool is_started_ = false;
};

/// One answer with everything, once it is complete.
class CollectedAnswer final : public ReplyStream {
 public:
  using ReplyStream::ReplyStream;

  bool push(TokenEvent event) override;
  void end(Outcome outcome, std::string answer_json) override;

 private:
  std::vector<AnswerChoice> choices_;
};

}  // namespace suan::web_api
