#include "web_api/openai/token_streams.h"

#include <algorithm>
#include <utility>

#include "catalog/types/uuid.h"
#include "web_api/http/errors.h"

namespace suan::web_api {

namespace {

constexpr size_t kChoicesMax = 8;  // J4; what a peer says is not trusted

const std::string& reason_of(const Outcome& outcome, size_t choice) {
  static const std::string kStop = "stop";
  return choice < outcome.finish_reasons.size() ? outcome.finish_reasons[choice] : kStop;
}

}  // namespace

ReplyStream::ReplyStream(AnswerHead head, std::shared_ptr<Reply> reply)
    : head_(std::move(head)), reply_(std::move(reply)) {}

std::vector<Header> ReplyStream::headers() const {
  std::vector<Header> headers = {{"X-Suan-Request-Id", to_string(head_.request.value())}};
  if (place_.where.node.is_set()) {
    headers.push_back({"X-Suan-Site", place_.where.site.value()});
    headers.push_back({"X-Suan-Node", place_.where.node.value()});
  }
  return headers;
}

void ReplyStream::note_text() {
  if (place_.ttft) return;
  const auto took = std::chrono::steady_clock::now() - began_;
  place_.ttft = std::chrono::duration_cast<Duration>(took);
}

void ReplyStream::send_error(const Outcome& outcome) {
  Answer answer = error_answer(*outcome.error, outcome.retry_after);
  for (Header& header : headers())
    answer.headers.push_back(std::move(header));
  reply_->send(std::move(answer));
}

void EventStream::start() {
  if (is_started_) return;
  is_started_ = true;
  Answer head = sse_head();
  for (Header& header : headers())
    head.headers.push_back(std::move(header));
  reply_->start_stream(std::move(head));
}

bool EventStream::push(TokenEvent event) {
  if (event.choice >= kChoicesMax) return false;
  note_text();
  start();
  std::string bytes;
  if (has_role_.size() <= event.choice) has_role_.resize(event.choice + 1);
  if (!has_role_[event.choice]) {
    has_role_[event.choice] = true;
    const std::string chunk = role_chunk(head_, event.choice);
    if (!chunk.empty()) bytes = sse_data(chunk);
  }
  bytes += sse_data(piece_chunk(head_, event));
  return reply_->write(std::move(bytes));
}

void EventStream::end(Outcome outcome, std::string) {
  if (outcome.error && !is_started_) return send_error(outcome);
  start();
  if (outcome.error) {
    reply_->write(sse_data(error_json(*outcome.error)));
    return reply_->finish(false);
  }
  const size_t choices =
      std::max<size_t>(1, std::max(has_role_.size(), outcome.finish_reasons.size()));
  std::string bytes;
  for (size_t i = 0; i < choices; ++i) {
    const bool is_last = i + 1 == choices && !head_.includes_usage;
    bytes += sse_data(finish_chunk(head_, static_cast<uint32_t>(i), reason_of(outcome, i),
                                   is_last ? &place_ : nullptr));
  }
  if (head_.includes_usage) bytes += sse_data(usage_chunk(head_, outcome.usage, place_));
  bytes += sse_data("[DONE]");
  reply_->write(std::move(bytes));
  reply_->finish();
}

bool CollectedAnswer::push(TokenEvent event) {
  if (event.choice >= kChoicesMax) return false;
  note_text();
  if (choices_.size() <= event.choice) choices_.resize(event.choice + 1);
  AnswerChoice& choice = choices_[event.choice];
  choice.text += event.text;
  choice.reasoning += event.reasoning;
  for (ToolCallEvent& part : event.calls) {
    const bool goes_on = !choice.calls.empty() && choice.calls.back().index == part.index;
    if (goes_on) {
      choice.calls.back().arguments += part.arguments;
    } else {
      choice.calls.push_back(std::move(part));
    }
  }
  for (LogprobEntry& entry : event.logprobs)
    choice.logprobs.push_back(std::move(entry));
  return true;
}

void CollectedAnswer::end(Outcome outcome, std::string answer_json) {
  if (outcome.error) return send_error(outcome);
  Answer answer{.status = 200, .headers = headers(), .body = std::move(answer_json)};
  if (answer.body.empty()) {
    choices_.resize(
        std::max<size_t>(1, std::max(choices_.size(), outcome.finish_reasons.size())));
    for (size_t i = 0; i < choices_.size(); ++i)
      choices_[i].finish_reason = reason_of(outcome, i);
    answer.body = whole_answer(head_, choices_, outcome.usage, place_);
  }
  reply_->send(std::move(answer));
}

}  // namespace suan::web_api
