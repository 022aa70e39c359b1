#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "catalog/wire/channel.h"
#include "catalog/wire/convert.h"
#include "catalog/wire/loop.h"

namespace suan::test {

/// What the network behind the gateway does with the next requests.
struct Script {
  std::vector<std::string> pieces = {"Once", " upon", " a time"};
  Duration between{};       // pieces
  std::string reject_code;  // the scheduler refuses
  std::string fail_code;    // the agent fails after the pieces
  bool hangs = false;       // the agent never ends
  std::string answer_json;  // Done carries it
  std::string query_json = R"({"items":[],"next":null})";
};

/// A scheduler and one agent, `north-1` at site `north`, that play a script: the far ends of
/// the gateway's two channels.
///
/// Threads:  the loop's; `set` and the counters any.
class ScriptedNetwork {
 public:
  explicit ScriptedNetwork(Loop& loop) : loop_(loop) {}

  [[nodiscard]] Channel& scheduler() { return scheduler_; }

  [[nodiscard]] Channel& agents() { return agents_; }

  void set(Script script) {
    const std::scoped_lock lock(mutex_);
    script_ = std::move(script);
  }

  /// Submits seen, oldest first.
  [[nodiscard]] std::vector<RequestFacts> submits() const { return copy(submits_); }

  /// Whole bodies as the agent got them.
  [[nodiscard]] std::vector<std::string> bodies() const { return copy(bodies_); }

  /// Requests that the gateway cancelled at the agent.
  [[nodiscard]] size_t cancels() const { return copy(cancels_).size(); }

  /// `verb json` and `path` of what /api/v1 asked.
  [[nodiscard]] std::vector<std::string> asked() const { return copy(asked_); }

  /// On the loop: tells the gateway what is served.
  void publish(const std::string& view_json, bool can_serve = true) {
    v1::Envelope envelope = from_scheduler();
    v1::View& view = *envelope.mutable_view();
    view.set_can_serve(can_serve);
    view.set_json(view_json);
    if (can_serve) {
      v1::ModelService& model = *view.add_models();
      model.set_model_id("stories-moe");
      model.set_architecture("stories_moe");
      model.set_quantization("f32");
      model.set_context_tokens(512);
      model.set_vocabulary(4096);
      model.add_site_ids("north");
      model.set_created_us(1'764'000'000'000'000);
    }
    scheduler_.receive(Peer("scheduler"), envelope);
  }

  void tell_event(const std::string& kind, const std::string& json) {
    v1::Envelope envelope = from_scheduler();
    envelope.mutable_event()->set_kind(kind);
    envelope.mutable_event()->set_json(json);
    scheduler_.receive(Peer("scheduler"), envelope);
  }

 private:
  /// One of the gateway's channels: what it sends comes to `on_sent`, on the next turn.
  class End final : public Channel {
   public:
    using OnSent = std::function<void(const v1::Envelope&)>;

    End(Loop& loop, OnSent on_sent) : loop_(loop), on_sent_(std::move(on_sent)) {}

    bool send(const Peer&, const v1::Envelope& message) override {
      loop_.post([this, message] { on_sent_(message); });
      return true;
    }

    void on_message(Handler handler) override { handler_ = std::move(handler); }

    void on_unreachable(PeerHandler) override {}

    void forget(const Peer&) override {}

    void receive(const Peer& from, const v1::Envelope& message) {
      if (handler_) handler_(from, message);
    }

   private:
    Loop& loop_;
    OnSent on_sent_;
    Handler handler_;
  };

  struct Stream {
    Script script;
    std::string body;
    bool is_cancelled = false;
  };

  static v1::Envelope from_scheduler() {
    v1::Envelope envelope;
    envelope.set_schema(kWireSchema);
    envelope.set_scheduler_epoch(1);
    return envelope;
  }

  void on_scheduler_sent(const v1::Envelope& message) {
    if (message.has_submit()) on_submit(message.submit());
    if (message.has_query()) on_ask(message.query().query_id(), message.query().path());
    if (message.has_command()) {
      on_ask(message.command().query_id(),
             message.command().verb() + " " + message.command().json());
    }
  }

  void on_submit(const v1::Submit& submit) {
    Script script = copy(script_);
    if (const auto facts = read(submit.facts())) note(submits_, *facts);
    v1::Envelope envelope = from_scheduler();
    if (!script.reject_code.empty()) {
      v1::Rejected& rejected = *envelope.mutable_rejected();
      rejected.set_request_id(submit.facts().request_id());
      rejected.set_attempt(submit.facts().attempt());
      rejected.set_code(script.reject_code);
      rejected.set_message("no room at the inn");
      rejected.set_retry_after_us(2'500'000);
      return scheduler_.receive(Peer("scheduler"), envelope);
    }
    streams_[submit.stream_id()].script = std::move(script);
    v1::Placed& placed = *envelope.mutable_placed();
    placed.set_request_id(submit.facts().request_id());
    placed.set_attempt(submit.facts().attempt());
    placed.set_stream_id(submit.stream_id());
    placed.set_site_id("north");
    placed.set_node_id("north-1");
    placed.set_replica_id(9);
    placed.set_node_epoch(1);
    placed.set_ttft_expected_us(12'000);
    placed.set_reason("the only replica");
    scheduler_.receive(Peer("scheduler"), envelope);
  }

  void on_ask(uint64_t id, const std::string& what) {
    note(asked_, what);
    v1::Envelope envelope = from_scheduler();
    envelope.mutable_answer()->set_query_id(id);
    envelope.mutable_answer()->set_json(copy(script_).query_json);
    scheduler_.receive(Peer("scheduler"), envelope);
  }

  void on_agent_sent(const v1::Envelope& message) {
    if (message.has_cancel()) {
      note(cancels_, message.cancel().stream_id());
      streams_[message.cancel().stream_id()].is_cancelled = true;
    }
    if (!message.has_body_part()) return;
    const v1::Body& part = message.body_part();
    Stream& stream = streams_[part.stream_id()];
    stream.body += part.part();
    if (stream.body.size() < part.total_bytes()) return give_credit(part);
    note(bodies_, stream.body);
    speak(part.stream_id(), 0);
  }

  void give_credit(const v1::Body& part) {
    v1::Envelope envelope;
    envelope.mutable_credit()->set_stream_id(part.stream_id());
    envelope.mutable_credit()->set_bytes(1U << 20U);
    agents_.receive(peer_of(NodeId("north-1")), envelope);
  }

  void speak(uint64_t stream_id, uint32_t index) {
    const Stream& stream = streams_[stream_id];
    if (stream.is_cancelled) return;
    if (index == 0) accept(stream_id);
    if (index >= stream.script.pieces.size()) return finish(stream_id);
    v1::Envelope envelope;
    envelope.mutable_tokens()->set_stream_id(stream_id);
    envelope.mutable_tokens()->set_index(index);
    v1::Piece& piece = *envelope.mutable_tokens()->add_pieces();
    piece.set_tokens(1);
    piece.set_text(stream.script.pieces[index]);
    agents_.receive(peer_of(NodeId("north-1")), envelope);
    loop_.after(streams_[stream_id].script.between,
                [this, stream_id, index] { speak(stream_id, index + 1); });
  }

  void accept(uint64_t stream_id) {
    v1::Envelope envelope;
    envelope.mutable_accepted()->set_stream_id(stream_id);
    envelope.mutable_accepted()->set_prompt_tokens(5);
    agents_.receive(peer_of(NodeId("north-1")), envelope);
  }

  void finish(uint64_t stream_id) {
    const Script& script = streams_[stream_id].script;
    if (script.hangs) return;
    v1::Envelope envelope;
    if (!script.fail_code.empty()) {
      v1::Failed& failed = *envelope.mutable_failed();
      failed.set_stream_id(stream_id);
      failed.set_code(script.fail_code);
      failed.set_message("the agent broke");
      return agents_.receive(peer_of(NodeId("north-1")), envelope);
    }
    v1::Done& done = *envelope.mutable_done();
    done.set_stream_id(stream_id);
    done.set_messages(static_cast<uint32_t>(script.pieces.size()));
    done.mutable_usage()->set_prompt_tokens(5);
    done.mutable_usage()->set_completion_tokens(static_cast<uint32_t>(script.pieces.size()));
    done.mutable_usage()->set_cached_tokens(2);
    done.add_finish_reasons("length");
    done.set_answer_json(script.answer_json);
    agents_.receive(peer_of(NodeId("north-1")), envelope);
  }

  template <class T>
  T copy(const T& value) const {
    const std::scoped_lock lock(mutex_);
    return value;
  }

  template <class List, class T>
  void note(List& list, T value) {
    const std::scoped_lock lock(mutex_);
    list.push_back(std::move(value));
  }

  Loop& loop_;
  End scheduler_{loop_, [this](const v1::Envelope& message) { on_scheduler_sent(message); }};
  End agents_{loop_, [this](const v1::Envelope& message) { on_agent_sent(message); }};
  std::map<uint64_t, Stream> streams_;

  mutable std::mutex mutex_;
  Script script_;
  std::vector<RequestFacts> submits_;
  std::vector<std::string> bodies_;
  std::vector<uint64_t> cancels_;
  std::vector<std::string> asked_;
};

}  // namespace suan::test
