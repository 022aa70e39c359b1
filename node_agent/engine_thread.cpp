#include "node_agent/engine_thread.h"

#include <chrono>
#include <exception>
#include <thread>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "catalog/types/bounded_queue.h"
#include "catalog/types/random.h"
#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/model_file.h"
#include "node_agent/decode_loop.h"
#include "node_agent/prepare.h"

namespace suan::node_agent {

namespace {

struct CancelOrder {
  StreamId stream;
};

using ToPrepare = std::variant<Work, CancelOrder>;
using ToDecode = std::variant<PreparedRequest, CancelOrder>;

}  // namespace

struct EngineThread::State : std::enable_shared_from_this<State> {
  Loop& loop;
  const std::shared_ptr<const engine::ModelFile> model;
  const std::unique_ptr<engine::Engine> engine;
  const std::unique_ptr<engine::Tokenizer> tokenizer;
  const uint32_t context_tokens;
  const EngineThreadConfig config;

  // The loop's.
  OnEvent handler = [](StreamId, const RunnerEvent&) {};
  std::unordered_set<StreamId> streams;
  ReplicaLoad engine_load;
  bool is_shut_down = false;

  // Each stream takes at most two places, its work and its cancellation.
  BoundedQueue<ToPrepare> to_prepare;
  BoundedQueue<ToDecode> to_decode;
  std::jthread prepare_thread;
  std::jthread engine_thread;

  State(Loop& the_loop,
        std::shared_ptr<const engine::ModelFile> the_model,
        std::unique_ptr<engine::Engine> the_engine,
        EngineThreadConfig the_config)
      : loop(the_loop),
        model(std::move(the_model)),
        engine(std::move(the_engine)),
        tokenizer(engine::make_tokenizer(model->manifest().vocabulary)),
        context_tokens(engine->capacity().context_tokens),
        config(std::move(the_config)),
        to_prepare(2 * size_t{config.streams_max}),
        to_decode(2 * size_t{config.streams_max}) {}

  void start();
  void run_prepare();
  void prepare_one(const Work& work, ServedChat& chat);
  void run_engine(const std::stop_token& stop);
  void take(DecodeLoop& decode, ToDecode order);
  void post(DecodeLoop::Events events, const ReplicaLoad* load);
  void deliver(StreamId stream, RunnerEvent event);
};

void EngineThread::State::start() {
  prepare_thread = std::jthread([this] { run_prepare(); });
  engine_thread = std::jthread([this](const std::stop_token& stop) { run_engine(stop); });
}

void EngineThread::State::run_prepare() {
  ServedChat chat(model->manifest(), *tokenizer);
  while (auto order = to_prepare.pop()) {
    if (auto* work = std::get_if<Work>(&*order)) {
      prepare_one(*work, chat);
      continue;
    }
    // Full or closed only while shutting down: then every stream is ended anyway.
    (void)to_decode.try_push(std::get<CancelOrder>(*order));
  }
}

void EngineThread::State::prepare_one(const Work& work, ServedChat& chat) {
  const StreamId stream = work.stream;
  try {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const ServedModel served{model->manifest(), *tokenizer, context_tokens, chat,
                             std::chrono::duration_cast<std::chrono::seconds>(now).count()};
    auto prepared = prepare(work, served, splitmix64(config.seed ^ stream.value()));
    if (!prepared) return post({{stream, FailedEvent{prepared.error(), true}}}, nullptr);
    if (auto* answer = std::get_if<DirectAnswer>(&*prepared)) {
      DoneEvent done;
      done.answer_json = std::move(answer->json);
      return post({{stream, std::move(done)}}, nullptr);
    }
    auto& request = std::get<PreparedRequest>(*prepared);
    const auto tokens = static_cast<uint32_t>(request.prompt.size());
    post({{stream, AcceptedEvent{tokens, 0}}}, nullptr);
    (void)to_decode.try_push(std::move(request));
  } catch (const std::exception& error) {
    post({{stream, FailedEvent{{ErrorCode::Internal, error.what(), {}}, false}}}, nullptr);
  }
}

void EngineThread::State::run_engine(const std::stop_token& stop) {
  DecodeLoop decode(*engine, *tokenizer);
  while (!stop.stop_requested()) {
    if (decode.is_idle()) {
      auto order = to_decode.pop();
      if (!order) return;
      take(decode, std::move(*order));
    }
    while (auto order = to_decode.try_pop())
      take(decode, std::move(*order));
    decode.step();
    const ReplicaLoad load = decode.load();
    post(decode.take_events(), &load);
  }
}

void EngineThread::State::take(DecodeLoop& decode, ToDecode order) {
  if (auto* request = std::get_if<PreparedRequest>(&order)) {
    decode.add(std::move(*request));
  } else {
    decode.cancel(std::get<CancelOrder>(order).stream);
  }
}

void EngineThread::State::post(DecodeLoop::Events events, const ReplicaLoad* load) {
  const bool has_load = load != nullptr;
  if (events.empty() && !has_load) return;
  loop.post([weak = weak_from_this(), events = std::move(events), has_load,
             measured = has_load ? *load : ReplicaLoad{}]() mutable {
    const auto self = weak.lock();
    if (self == nullptr || self->is_shut_down) return;
    if (has_load) self->engine_load = measured;
    for (auto& [stream, event] : events)
      self->deliver(stream, std::move(event));
  });
}

void EngineThread::State::deliver(StreamId stream, RunnerEvent event) {
  const auto found = streams.find(stream);
  if (found == streams.end()) return;
  const bool is_last =
      std::holds_alternative<DoneEvent>(event) || std::holds_alternative<FailedEvent>(event);
  if (is_last) streams.erase(found);
  handler(stream, std::move(event));
}

EngineThread::EngineThread(Loop& loop,
                           std::shared_ptr<const engine::ModelFile> model,
                           std::unique_ptr<engine::Engine> engine,
                           EngineThreadConfig config)
    : state_(std::make_shared<State>(
          loop, std::move(model), std::move(engine), std::move(config))) {
  state_->start();
}

EngineThread::~EngineThread() {
  if (!state_->is_shut_down) shut_down();
  // Here, not in State's destructor: a task on the loop may hold the last reference.
  state_->prepare_thread.join();
  state_->engine_thread.join();
}

void EngineThread::submit(Work work) {
  const StreamId stream = work.stream;
  if (state_->streams.size() >= state_->config.streams_max || state_->is_shut_down) {
    state_->loop.post([state = state_, stream] {
      Error error{ErrorCode::Overloaded, "the replica's queue is full", {}};
      state->handler(stream, FailedEvent{std::move(error), false});
    });
    return;
  }
  state_->streams.insert(stream);
  if (!state_->to_prepare.try_push(std::move(work))) {
    Error error{ErrorCode::Overloaded, "the replica's queue is full", {}};
    state_->post({{stream, FailedEvent{std::move(error), false}}}, nullptr);
  }
}

void EngineThread::cancel(StreamId stream) {
  if (!state_->streams.contains(stream)) return;
  if (state_->to_prepare.try_push(CancelOrder{stream})) return;
  Error error{ErrorCode::Cancelled, "cancelled", {}};
  state_->post({{stream, FailedEvent{std::move(error), false}}}, nullptr);
}

ReplicaCapacity EngineThread::capacity() const {
  return state_->config.capacity;
}

ReplicaLoad EngineThread::load() const {
  ReplicaLoad load = state_->engine_load;
  // What the engine has not heard of yet waits, too.
  const auto known = uint64_t{load.running} + load.waiting;
  if (state_->streams.size() > known) {
    load.waiting += static_cast<uint32_t>(state_->streams.size() - known);
  }
  return load;
}

void EngineThread::on_event(OnEvent handler) {
  state_->handler = std::move(handler);
}

void EngineThread::shut_down() {
  state_->is_shut_down = true;
  state_->engine_thread.request_stop();
  state_->to_prepare.close();
  state_->to_decode.close();
  const std::unordered_set<StreamId> ended = std::exchange(state_->streams, {});
  for (const StreamId stream : ended) {
    Error error{ErrorCode::ReplicaGone, "the replica was unloaded", {}};
    state_->handler(stream, FailedEvent{std::move(error), false});
  }
}

}  // namespace suan::node_agent
