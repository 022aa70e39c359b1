#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catalog/types/published.h"
#include "catalog/types/request.h"
#include "catalog/types/time.h"
#include "catalog/wire/channel.h"
#include "catalog/wire/loop.h"
#include "web_api/accounts/usage_log.h"
#include "web_api/gateway/token_stream.h"

namespace suan::web_api {

struct GatewayConfig {
  std::string gateway_id = "main";
  uint64_t seed = 1;  // draws stream ids, which a peer must not be able to guess
  uint32_t attempts_max = 2;
  uint32_t requests_max = 20'000;  // in flight
  Duration ping_every = 500ms;     // nodes with open streams
  Duration reconnect_grace = 2s;   // a broken token connection may come back
  Duration answer_timeout = 15s;   // of the scheduler, for queries and commands
};

/// A model service as the network offers it now.
struct ModelService {
  ModelId model;
  std::string architecture;
  std::string quantization;
  uint32_t context_tokens = 0;
  uint32_t vocabulary = 0;
  bool has_chat_template = false;
  std::vector<SiteId> sites;
  int64_t input_n_per_token = 0;
  int64_t output_n_per_token = 0;
  WallTime created{};
};

/// What the scheduler told last: for listings and checks on any thread.
struct NetworkView {
  std::vector<ModelService> models;
  bool can_serve = false;
  std::string json = "{}";  // sites, nodes, replicas with live load

  [[nodiscard]] const ModelService* find(const ModelId& model) const;
};

/// What happened in all, for /metrics.
struct GatewayCounters {
  uint64_t submitted = 0;
  uint64_t succeeded = 0;
  uint64_t failed = 0;
  uint64_t cancelled = 0;
  uint64_t refused = 0;
  uint64_t retried = 0;
  uint64_t tokens = 0;
  uint64_t malformed = 0;
  uint32_t running = 0;
};

/// The role that users reach: follows each request from Submit to its end, once.
///
/// It owns the one retry policy of the system: an attempt may be repeated on another replica
/// only before its first delivered token. A success is told only after its usage is durable.
/// Threads:  the loop's, save for `view` and `loop().post`.
class Gateway {
 public:
  using Then = std::function<void(Result<std::string> json)>;
  using OnEvent = std::function<void(const std::string& kind, const std::string& json)>;

  /// All references outlive the gateway.
  Gateway(
      Loop& loop, Channel& scheduler, Channel& agents, UsageLog& usage, GatewayConfig config);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Takes a request that was checked. `stream->end` is called exactly once, perhaps at once.
  void submit(RequestFacts facts, RequestBody body, std::shared_ptr<TokenStream> stream);

  /// The client has left: ends the request as Cancelled. Unknown ids are ignored.
  void cancel(const RequestId& request);

  /// Asks the scheduler; `then` gets its JSON.
  void query(std::string path, const AccountId& account, bool is_admin, Then then);
  void command(std::string verb, std::string json, const AccountId& account, Then then);

  /// Subscribes to network events; returns a number for `unsubscribe`.
  uint64_t subscribe(OnEvent handler);
  void unsubscribe(uint64_t subscription);

  /// Any thread.
  [[nodiscard]] std::shared_ptr<const NetworkView> view() const;
  [[nodiscard]] GatewayCounters counters() const;
  [[nodiscard]] Loop& loop() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::web_api
