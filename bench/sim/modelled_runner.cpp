#include "bench/sim/modelled_runner.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <deque>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include "bench/sim/modelled_prefix_cache.h"
#include "bench/sim/modelled_step_clock.h"
#include "bench/sim/modelled_stream.h"
#include "catalog/types/random.h"

namespace suan::bench {

namespace {

using node_agent::AcceptedEvent;
using node_agent::DoneEvent;
using node_agent::FailedEvent;
using node_agent::RunnerEvent;
using node_agent::TokensEvent;
using node_agent::Work;

// Targets are sums of whole tokens and of quotients: rounding stays far below this.
constexpr double kHairOfToken = 1e-6;
// One hash of a prompt stands for 256 bytes.
constexpr uint32_t kTokensPerHash = 256 / kModelledBytesPerToken;

using Stream = ModelledStream;

/// One letter per token, so that a reader of the whole can tell a lost or doubled one.
std::string text_of(uint32_t from, uint32_t to) {
  std::string text;
  text.reserve(to - from);
  for (uint32_t i = from; i < to; ++i)
    text += static_cast<char>('a' + i % 26);
  return text;
}

/// As many as the body asks for, within what is allowed; else drawn.
uint32_t output_of(const RequestFacts& facts,
                   const RequestBody& body,
                   uint32_t limit_tokens,
                   const ReplicaModel& model) {
  const uint32_t asked = body ? output_tokens_asked(*body) : 0;
  return asked > 0 ? std::min(asked, limit_tokens) : modelled_output_tokens(facts, model);
}

}  // namespace

struct ModelledRunner::State : std::enable_shared_from_this<State> {
  Loop& loop;
  const ReplicaModel model;
  OnEvent handler = [](StreamId, const RunnerEvent&) {};
  std::unordered_map<StreamId, Stream> streams;
  std::deque<StreamId> waiting;
  std::set<std::pair<double, StreamId>> ends;  // on the step clock
  ModelledStepClock clock;
  uint32_t slots_taken = 0;
  uint32_t kv_taken = 0;
  ModelledPrefixCache prefixes;
  uint32_t prefill_queued = 0;
  uint64_t generated = 0;
  TimerId end_timer;

  State(Loop& the_loop, const ReplicaModel& the_model)
      : loop(the_loop),
        model(the_model),
        clock(model),
        prefixes(model.kv_tokens / kTokensPerHash) {}

  void submit(Work work);
  void answer_at_once(StreamId stream, RunnerEvent event);
  void admit();
  void begin_prefill(StreamId id, Stream& stream);
  void first_token(StreamId id);
  void message_due(StreamId id);
  void tell(StreamId id, Stream& stream, uint32_t until);
  [[nodiscard]] uint32_t made(const Stream& stream) const;
  void schedule_end();
  void finish_due();
  void remove(StreamId id);
};

void ModelledRunner::State::submit(Work work) {
  const RequestFacts& facts = work.facts;
  const bool only_counts =
      facts.kind == RequestKind::Tokenize || facts.kind == RequestKind::Detokenize;
  if (only_counts) {
    DoneEvent done;
    done.answer_json =
        facts.kind == RequestKind::Tokenize
            ? fmt::format(R"({{"tokens":[],"count":{}}})", modelled_prompt_tokens(facts))
            : R"({"text":""})";
    return answer_at_once(work.stream, done);
  }
  Stream stream;
  stream.prompt_tokens = modelled_prompt_tokens(facts);
  stream.limit_tokens = modelled_limit_tokens(facts, model);
  stream.output_tokens = output_of(facts, work.body, stream.limit_tokens, model);
  stream.facts = std::move(work.facts);
  if (stream.output_tokens == 0 || stream.choices() > model.slots ||
      stream.kv_tokens() > model.kv_tokens) {
    Error error{ErrorCode::BadRequest,
                fmt::format("context_length_exceeded: {} prompt tokens, the context has {}",
                            stream.prompt_tokens, model.context_tokens),
                "messages"};
    return answer_at_once(work.stream, FailedEvent{std::move(error), true});
  }
  if (streams.size() >= model.streams_max) {
    Error error{ErrorCode::Overloaded, "the replica's queue is full", {}};
    return answer_at_once(work.stream, FailedEvent{std::move(error), false});
  }
  prefill_queued += stream.prompt_tokens;
  streams.emplace(work.stream, std::move(stream));
  waiting.push_back(work.stream);
  loop.after(0us, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->admit();
  });
}

void ModelledRunner::State::answer_at_once(StreamId stream, RunnerEvent event) {
  loop.after(0us, [weak = weak_from_this(), stream, event = std::move(event)] {
    if (const auto self = weak.lock()) self->handler(stream, event);
  });
}

/// In order of arrival: a long request that does not fit yet is not overtaken for ever.
void ModelledRunner::State::admit() {
  while (!waiting.empty()) {
    const StreamId id = waiting.front();
    Stream& stream = streams.at(id);
    const bool fits = slots_taken + stream.choices() <= model.slots &&
                      kv_taken + stream.kv_tokens() <= model.kv_tokens;
    if (!fits) return;
    waiting.pop_front();
    slots_taken += stream.choices();
    kv_taken += stream.kv_tokens();
    begin_prefill(id, stream);
    handler(id, AcceptedEvent{streams.at(id).prompt_tokens, streams.at(id).cached_tokens});
  }
}

void ModelledRunner::State::begin_prefill(StreamId id, Stream& stream) {
  const uint32_t held = prefixes.take(stream.facts.prefix_hashes) * kTokensPerHash;
  // The last token is computed in any case: its output is the first token.
  stream.cached_tokens = std::min(held, stream.prompt_tokens - 1);
  stream.prefill = model.prefill(stream.prompt_tokens - stream.cached_tokens);
  clock.advance(loop.now());
  const Time read_at = clock.begin_prefill(loop.now(), stream.prefill);
  stream.timer = loop.at(read_at, [this, id] { first_token(id); });
  if (model.rates && clock.decoding() > 0) schedule_end();
}

void ModelledRunner::State::first_token(StreamId id) {
  clock.advance(loop.now());
  Stream& stream = streams.at(id);
  prefill_queued -= stream.prompt_tokens;
  stream.is_decoding = true;
  stream.first_token_at = loop.now();
  stream.joined_at_step = clock.steps();
  clock.join(stream);
  ends.emplace(clock.steps() + (stream.output_tokens - 1), id);
  for (auto& [other, running] : streams) {
    if (running.is_decoding) running.batch_max = std::max(running.batch_max, clock.decoding());
  }
  stream.timer = loop.after(model.message_every, [this, id] { message_due(id); });
  tell(id, stream, 1);
  finish_due();
}

void ModelledRunner::State::message_due(StreamId id) {
  clock.advance(loop.now());
  Stream& stream = streams.at(id);
  stream.timer = loop.after(model.message_every, [this, id] { message_due(id); });
  tell(id, stream, made(stream));
}

void ModelledRunner::State::tell(StreamId id, Stream& stream, uint32_t until) {
  if (until <= stream.sent) return;
  TokensEvent event;
  for (uint32_t choice = 0; choice < stream.choices(); ++choice) {
    event.pieces.push_back({choice, until - stream.sent, text_of(stream.sent, until), {}});
  }
  generated += uint64_t{until - stream.sent} * stream.choices();
  stream.sent = until;
  handler(id, std::move(event));
}

uint32_t ModelledRunner::State::made(const Stream& stream) const {
  const double more = std::floor(clock.steps() - stream.joined_at_step + kHairOfToken);
  // The last token is told at its own time, with Done.
  return std::min(1 + static_cast<uint32_t>(more), stream.output_tokens - 1);
}

void ModelledRunner::State::schedule_end() {
  loop.cancel(end_timer);
  if (ends.empty()) return;
  end_timer = loop.after(clock.wait(ends.begin()->first, loop.now()), [this] {
    clock.advance(loop.now());
    finish_due();
  });
}

void ModelledRunner::State::finish_due() {
  const std::weak_ptr<State> weak = weak_from_this();
  while (!ends.empty() && ends.begin()->first <= clock.steps() + kHairOfToken) {
    const StreamId id = ends.begin()->second;
    tell(id, streams.at(id), streams.at(id).output_tokens);
    if (!streams.contains(id)) continue;  // its listener cancelled it
    const Stream& stream = streams.at(id);
    DoneEvent done;
    done.usage = {stream.prompt_tokens, stream.output_tokens * stream.choices(),
                  stream.cached_tokens};
    const bool is_cut = stream.output_tokens == stream.limit_tokens;
    done.finish_reasons.assign(stream.choices(), is_cut ? "length" : "stop");
    done.prefill = stream.prefill;
    done.decode = loop.now() - stream.first_token_at;
    done.batch_max = stream.batch_max;
    remove(id);
    handler(id, std::move(done));
    if (weak.expired()) return;
  }
  admit();
  schedule_end();
}

void ModelledRunner::State::remove(StreamId id) {
  const auto found = streams.find(id);
  assert(found != streams.end());
  Stream& stream = found->second;
  loop.cancel(stream.timer);
  const auto place = std::ranges::find(waiting, id);
  if (place != waiting.end()) {
    waiting.erase(place);
  } else {
    slots_taken -= stream.choices();
    kv_taken -= stream.kv_tokens();
  }
  if (stream.is_decoding) {
    clock.leave(stream);
    ends.erase({stream.joined_at_step + (stream.output_tokens - 1), id});
  } else {
    prefill_queued -= stream.prompt_tokens;
  }
  streams.erase(found);
}

ModelledRunner::ModelledRunner(Loop& loop, const ReplicaModel& model)
    : state_(std::make_shared<State>(loop, model)) {
  assert(model.slots > 0);
  assert(model.prefill_tokens_per_s > 0);
}

ModelledRunner::~ModelledRunner() {
  state_->loop.cancel(state_->end_timer);
  for (const auto& [id, stream] : state_->streams)
    state_->loop.cancel(stream.timer);
}

void ModelledRunner::submit(Work work) {
  state_->submit(std::move(work));
}

void ModelledRunner::cancel(StreamId stream) {
  if (!state_->streams.contains(stream)) return;
  state_->clock.advance(state_->loop.now());
  state_->remove(stream);
  state_->schedule_end();
  state_->answer_at_once(stream, FailedEvent{{ErrorCode::Cancelled, "cancelled", {}}, false});
  state_->loop.after(0us, [weak = state_->weak_from_this()] {
    if (const auto self = weak.lock()) self->admit();
  });
}

ReplicaCapacity ModelledRunner::capacity() const {
  return state_->model.capacity();
}

ReplicaLoad ModelledRunner::load() const {
  ReplicaLoad load;
  load.waiting = static_cast<uint32_t>(state_->waiting.size());
  load.running = static_cast<uint32_t>(state_->streams.size()) - load.waiting;
  load.kv_tokens_taken = state_->kv_taken;
  load.prefill_tokens_queued = state_->prefill_queued;
  load.tokens_generated_total = state_->generated;
  return load;
}

void ModelledRunner::on_event(OnEvent handler) {
  state_->handler = std::move(handler);
}

}  // namespace suan::bench
