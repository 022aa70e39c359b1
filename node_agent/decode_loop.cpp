#include "node_agent/decode_loop.h"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

namespace suan::node_agent {

namespace {

Duration between(std::chrono::steady_clock::time_point from,
                 std::chrono::steady_clock::time_point to) {
  return std::chrono::duration_cast<Duration>(to - from);
}

FailedEvent failed(ErrorCode code, std::string message, bool is_final = false) {
  return {{code, std::move(message), {}}, is_final};
}

}  // namespace

DecodeLoop::DecodeLoop(engine::Engine& engine, const engine::Tokenizer& tokenizer)
    : engine_(engine), tokenizer_(tokenizer) {}

void DecodeLoop::add(PreparedRequest request) {
  const StreamId id = request.stream;
  Stream stream;
  stream.prompt_tokens = static_cast<uint32_t>(request.prompt.size());
  stream.open = request.choices;
  stream.finish_reasons.resize(request.choices);
  for (uint32_t choice = 0; choice < request.choices; ++choice) {
    waiting_.push_back({id, choice});
  }
  stream.request = std::make_shared<const PreparedRequest>(std::move(request));
  streams_.emplace(id, std::move(stream));
}

void DecodeLoop::cancel(StreamId stream) {
  if (!streams_.contains(stream)) return;
  end(stream, failed(ErrorCode::Cancelled, "cancelled"));
}

bool DecodeLoop::is_idle() const {
  if (!streams_.empty()) return false;
  const engine::EngineCapacity capacity = engine_.capacity();
  return capacity.running == 0 && capacity.waiting == 0;
}

void DecodeLoop::step() {
  admit();
  engine::StepResult result;
  try {
    result = engine_.step();
  } catch (const std::exception& error) {
    fail_all(error.what());
    return;
  }
  for (const engine::Start& start : result.started)
    take_start(start);
  for (const engine::NewToken& token : result.tokens)
    take_token(token);
  for (const engine::Finish& finish : result.finished)
    take_finish(finish);
  flush(std::max(result.decoded_sequences, 1U));
}

ReplicaLoad DecodeLoop::load() const {
  const engine::EngineCapacity capacity = engine_.capacity();
  ReplicaLoad load;
  load.running = capacity.running;
  load.waiting = capacity.waiting + static_cast<uint32_t>(waiting_.size());
  load.kv_tokens_taken = capacity.kv_tokens_taken;
  load.prefill_tokens_queued = capacity.prefill_tokens_queued;
  for (const Waiting& next : waiting_) {
    load.prefill_tokens_queued += streams_.at(next.stream).prompt_tokens;
  }
  load.tokens_generated_total = generated_;
  return load;
}

/// In order of arrival: a long request that does not fit yet is not overtaken for ever. Only
/// into free slots, so that no time in a queue counts as prefill.
void DecodeLoop::admit() {
  while (!waiting_.empty()) {
    const engine::EngineCapacity capacity = engine_.capacity();
    if (capacity.running + capacity.waiting >= capacity.slots) return;
    const Waiting next = waiting_.front();
    Stream& stream = streams_.at(next.stream);
    const PreparedRequest& request = *stream.request;
    engine::Generation generation;
    generation.id = next_id_;
    generation.prompt = request.prompt;
    generation.tokens_max = request.tokens_max;
    generation.sampling = request.sampling;
    generation.grammar = request.grammar;
    generation.prefix_scope = request.prefix_scope;
    generation.sampling.seed = seed_of_choice(request.sampling.seed, next.choice);

    const engine::Admission admission = engine_.submit(std::move(generation));
    if (admission == engine::Admission::Accepted) {
      waiting_.pop_front();
      begin(stream, next, next_id_++);
      continue;
    }
    const bool can_wait = admission == engine::Admission::Full && !sequences_.empty();
    if (can_wait) return;
    refuse(next.stream, admission);
  }
}

void DecodeLoop::refuse(StreamId stream, engine::Admission why) {
  switch (why) {
    case engine::Admission::Full:
      return end(stream, failed(ErrorCode::NoCapacity, "the KV cache has no room for this"));
    case engine::Admission::TooLong:
      return end(
          stream,
          failed(ErrorCode::BadRequest,
                 "context_length_exceeded: prompt and output do not fit the context", true));
    default:
      return end(stream, failed(ErrorCode::BadRequest, "the engine cannot serve this", true));
  }
}

void DecodeLoop::begin(Stream& stream, const Waiting& next, uint64_t id) {
  const PreparedRequest& request = *stream.request;
  if (!stream.has_begun) stream.began = Clock::now();
  stream.has_begun = true;
  SequenceText::Options options;
  options.last_prompt_token = request.prompt.back();
  options.stop = request.stop;
  options.echo = request.echo;
  options.wants_logprobs = request.sampling.wants_logprobs;
  options.ignores_eos = request.sampling.ignores_eos;
  options.reading = request.reading;
  sequences_.emplace(
      id, Sequence{next.stream, next.choice, SequenceText(tokenizer_, std::move(options))});
}

/// Further choices find the first one's prompt, which says nothing about the request.
void DecodeLoop::take_start(const engine::Start& start) {
  const auto found = sequences_.find(start.id);
  if (found == sequences_.end()) return;
  const StreamId id = found->second.stream;
  Stream& stream = streams_.at(id);
  if (std::exchange(stream.has_started, true) || start.cached_tokens == 0) return;
  stream.cached_tokens = start.cached_tokens;
  events_.emplace_back(id, AcceptedEvent{stream.prompt_tokens, start.cached_tokens});
}

void DecodeLoop::take_token(const engine::NewToken& token) {
  const auto found = sequences_.find(token.id);
  if (found == sequences_.end()) return;  // ended by a stop string or a cancellation
  Sequence& sequence = found->second;
  Stream& stream = streams_.at(sequence.stream);
  if (!stream.has_first_token) stream.first_token = Clock::now();
  stream.has_first_token = true;
  ++stream.completion_tokens;
  ++generated_;
  const bool is_stopped = sequence.text.push(token);
  sequence.text.take(sequence.choice, stream.pieces);
  if (!is_stopped) return;
  engine_.cancel(token.id);
  finish_choice(token.id, "stop");
}

void DecodeLoop::take_finish(const engine::Finish& finish) {
  const auto found = sequences_.find(finish.id);
  if (found == sequences_.end()) return;
  switch (finish.reason) {
    case engine::FinishReason::Stop:
      return finish_choice(finish.id, "stop");
    case engine::FinishReason::Length:
      return finish_choice(finish.id, "length");
    case engine::FinishReason::Cancelled:
    case engine::FinishReason::Failed:
      return end(found->second.stream,
                 failed(ErrorCode::Internal, "the engine gave up: " + finish.error));
  }
}

void DecodeLoop::finish_choice(uint64_t id, const char* reason) {
  const auto found = sequences_.find(id);
  Sequence& sequence = found->second;
  Stream& stream = streams_.at(sequence.stream);
  sequence.text.finish();
  sequence.text.take(sequence.choice, stream.pieces);
  const bool is_cut = std::string_view(reason) == "length";
  stream.finish_reasons[sequence.choice] =
      sequence.text.has_calls() && !is_cut ? "tool_calls" : reason;
  --stream.open;
  sequences_.erase(found);
}

/// One TokensEvent per stream and step; then Done for those that are complete.
void DecodeLoop::flush(uint32_t batch) {
  std::vector<StreamId> done;
  for (auto& [id, stream] : streams_) {
    if (stream.has_begun) stream.batch_max = std::max(stream.batch_max, batch);
    if (!stream.pieces.empty()) {
      events_.emplace_back(id, TokensEvent{std::exchange(stream.pieces, {})});
    }
    if (stream.open == 0) done.push_back(id);
  }
  for (const StreamId id : done) {
    Stream& stream = streams_.at(id);
    DoneEvent event;
    event.usage = {stream.prompt_tokens, stream.completion_tokens, stream.cached_tokens};
    event.finish_reasons = std::move(stream.finish_reasons);
    // A text that ends at once has no first token: all of its time was prefill.
    const auto now = Clock::now();
    const auto first_token = stream.has_first_token ? stream.first_token : now;
    event.prefill = between(stream.began, first_token);
    event.decode = between(first_token, now);
    event.batch_max = stream.batch_max;
    end(id, std::move(event));
  }
}

void DecodeLoop::end(StreamId stream, RunnerEvent event) {
  std::erase_if(waiting_, [&](const Waiting& next) { return next.stream == stream; });
  std::erase_if(sequences_, [&](const auto& entry) {
    if (entry.second.stream != stream) return false;
    engine_.cancel(entry.first);
    return true;
  });
  streams_.erase(stream);
  events_.emplace_back(stream, std::move(event));
}

/// The batch as a whole is broken, which no single request can be blamed for.
void DecodeLoop::fail_all(const std::string& why) {
  std::vector<StreamId> running;
  for (const auto& [id, stream] : streams_) {
    if (stream.has_begun) running.push_back(id);
  }
  for (const StreamId id : running) {
    end(id, failed(ErrorCode::Internal, "the engine failed: " + why));
  }
}

}  // namespace suan::node_agent
