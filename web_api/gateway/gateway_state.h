#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "catalog/types/published.h"
#include "catalog/types/random.h"
#include "web_api/gateway/asks.h"
#include "web_api/gateway/attempt.h"
#include "web_api/gateway/gateway.h"
#include "web_api/gateway/token_links.h"

namespace suan::web_api {

/// The gateway's insides, shared by its three source files and by nobody else.
///
/// Life of a request: submit -> (fail_attempt -> submit again)* -> settle -> finish. Every way
/// out passes `finish`, which is where it leaves the maps and the stream hears its end.
struct Gateway::State {
  State(Loop& loop, Channel& scheduler, Channel& agents, UsageLog& usage, GatewayConfig config);
  ~State();

  // gateway_state.cpp: the life of a request.
  void submit(RequestFacts facts, RequestBody body, std::shared_ptr<TokenStream> stream);
  void send_submit(ActiveRequest& request);
  void start(ActiveRequest& request);
  void send_body(ActiveRequest& request);
  void deliver(ActiveRequest& request, std::vector<TokenEvent> pieces);
  void succeed(ActiveRequest& request, Outcome outcome, std::string answer_json);
  void fail_attempt(ActiveRequest& request, const Error& error, bool is_final);
  void end_with_error(ActiveRequest& request, Error error, std::optional<Duration> retry_after);
  void stop_remote(const ActiveRequest& request);
  void report_delivered(const ActiveRequest& request, const Usage& usage, const char* status);
  void finish(ActiveRequest& request, Outcome outcome, std::string answer_json);
  void fail_node(const NodeId& node, std::optional<uint64_t> epoch_max, const std::string& why);

  // gateway_messages.cpp: what peers say.
  void on_scheduler_message(const v1::Envelope& message);
  void on_agent_message(const Peer& from, const v1::Envelope& message);
  void on_placed(const v1::Envelope& message);
  void on_rejected(const v1::Envelope& message);
  void on_view(const v1::Envelope& message);
  void on_answer(const v1::Envelope& message);
  void answer_echo(const Peer& from, const v1::Envelope& message);
  void on_failed(const NodeId& node, const v1::Envelope& message);
  void on_tokens(ActiveRequest& request, const v1::Envelope& message);
  void on_done(ActiveRequest& request, const v1::Envelope& message);
  bool ask(const v1::Envelope& question, uint64_t ask_id);
  void watch_nodes();
  [[nodiscard]] ActiveRequest* find_stream(StreamId stream);
  /// The request that runs as `stream` on `node`; null for anybody else's.
  [[nodiscard]] ActiveRequest* find_running(const NodeId& node, StreamId stream);

  Loop& loop;
  Channel& scheduler;
  Channel& agents;
  UsageLog& usage;
  GatewayConfig config;
  Random random;
  Asks asks;
  TokenLinks links;
  RetryBudget retries;
  uint64_t scheduler_epoch = 0;
  uint64_t seq = 0;

  // Ordered, so that walks over all requests are the same in every build.
  std::map<RequestId, std::unique_ptr<ActiveRequest>> requests;
  std::unordered_map<StreamId, RequestId> streams;
  std::map<uint64_t, OnEvent> subscribers;
  uint64_t last_subscription = 0;
  Published<NetworkView> view;
  GatewayCounters counters;
  TimerId watch_timer;
  Time heard_told{};  // when the scheduler last got `Heard`
  /// Tells callbacks of the usage log that the gateway is gone.
  std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);
};

}  // namespace suan::web_api
