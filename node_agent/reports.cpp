#include "node_agent/reports.h"

#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"

namespace suan::node_agent {

namespace {

// Beyond it the oldest are forgotten: heartbeats tell the whole load anyway.
constexpr size_t kUnsentMax = 4'096;

}  // namespace

Reports::Reports(Loop& loop, const AgentConfig& config, Send send)
    : loop_(loop), config_(config), send_(std::move(send)) {}

Reports::~Reports() {
  loop_.cancel(timer_);
}

void Reports::progress(StreamId stream, uint32_t prompt_tokens, bool has_first_token) {
  const auto known = std::ranges::find(items_, stream, &Item::stream);
  if (known != items_.end()) {
    *known = {stream, prompt_tokens, has_first_token};
    return;
  }
  if (items_.empty()) {
    timer_ = loop_.after(config_.progress_every, [this] { flush_progress(); });
  }
  items_.push_back({stream, prompt_tokens, has_first_token});
  if (items_.size() >= config_.progress_items_max) flush_progress();
}

void Reports::finished(const StartOrder& order, const AttemptEnd& end) {
  // In order: progress of a stream must not come after its end.
  if (!items_.empty()) flush_progress();
  if (unsent_.empty() && send_finished(order, end)) return;
  if (unsent_.size() >= kUnsentMax) unsent_.pop_front();
  unsent_.emplace_back(order, end);
}

void Reports::retry() {
  while (!unsent_.empty() && send_finished(unsent_.front().first, unsent_.front().second)) {
    unsent_.pop_front();
  }
}

void Reports::flush_progress() {
  loop_.cancel(timer_);
  v1::Envelope message;
  v1::Progress& progress = *message.mutable_progress();
  for (const Item& item : items_) {
    v1::StreamProgress& stream = *progress.add_streams();
    stream.set_stream_id(item.stream.value());
    stream.set_prompt_tokens(item.prompt_tokens);
    stream.set_has_first_token(item.has_first_token);
  }
  items_.clear();
  send_(message);
}

bool Reports::send_finished(const StartOrder& order, const AttemptEnd& end) {
  v1::Envelope message;
  v1::Finished& finished = *message.mutable_finished();
  finished.set_request_id(write_request_id(order.facts.request));
  finished.set_attempt(order.facts.attempt);
  finished.set_stream_id(order.stream.value());
  finished.set_replica_id(order.replica.value());
  write(end.done.usage, *finished.mutable_usage());
  finished.set_status(end.status);
  finished.set_code(end.code);
  finished.set_prefill_us(end.done.prefill.count());
  finished.set_decode_us(end.done.decode.count());
  finished.set_batch_max(end.done.batch_max);
  return send_(message);
}

}  // namespace suan::node_agent
