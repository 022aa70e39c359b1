#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/types/json.h"
#include "catalog/types/request.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/server.h"
#include "scheduler/server/server_core.h"

namespace suan::scheduler {

/// One agent as the scheduler sees it: says what a real one would say, when told to.
struct FakeAgent {
  NodeId node;
  SiteId site;
  std::string key;  // its CURVE public key
  std::string boot = "boot-1";
  uint64_t epoch = 0;  // from the last Welcome
  uint64_t seq = 0;
  uint64_t beat = 0;
  uint64_t start_seq_seen = 0;
  bool is_alive = true;  // beats by itself while time advances
  bool loads_what_is_desired = true;
  bool acknowledges = true;  // starts
  std::string digest = std::string(64, 'a');
  double decode_tokens_per_s = 100;
  double memory_read_gb_s = 1;
  uint32_t slots = 4;
  std::vector<ReplicaReport> replicas;
  std::vector<v1::Running> running;
  std::vector<v1::Start> starts;
  std::vector<std::string> refused;  // codes
  std::vector<std::string> fenced;   // reasons
  std::vector<uint64_t> stopped;     // streams

  [[nodiscard]] Peer peer() const { return peer_of(node); }
};

/// A `Server` on SQLite in memory, with time that only `advance` moves. Writes end at once,
/// after the step that asked for them.
class ServerWorld {
 public:
  explicit ServerWorld(ServerConfig config = default_config());

  static ServerConfig default_config();

  /// The process ends and begins anew on the same store.
  void restart();

  /// Moves time in turns of 100 ms; agents that are alive beat each second.
  void advance(Duration duration);

  /// Nothing of the server runs for so long.
  void stall(Duration duration) {
    now += duration;
    wall += duration;
  }

  void step(const Event& event);
  void deliver(Side side, const Peer& from, v1::Envelope message);

  // Agents.
  FakeAgent& join(const std::string& node, const std::string& site);

  FakeAgent& agent(const std::string& node) { return agents.at(NodeId(node)); }

  void enrol(const std::string& ticket, const std::string& node, const std::string& key);
  void send_register(FakeAgent& agent);
  void send_beat(FakeAgent& agent);
  void send(FakeAgent& agent, v1::Envelope message);
  void progress(FakeAgent& agent, uint64_t stream, bool has_first_token = false);
  void finish(FakeAgent& agent, const v1::Start& start, const std::string& status = "done");

  // The gateway.
  void submit(const RequestFacts& facts, uint64_t stream);
  Json query(const std::string& path, const std::string& account = "tenant", bool admin = true);
  v1::Answer ask(const std::string& path, const std::string& account, bool admin);
  v1::Answer command(const std::string& verb, const Json& arguments);
  Json must(const std::string& verb, const Json& arguments);

  void deploy(const std::string& model = "stories-moe") { must("deploy", {{"model", model}}); }

  /// Messages of one kind sent on a side since the beginning (or `clear`).
  [[nodiscard]] std::vector<v1::Envelope> sent(Side side, v1::Envelope::BodyCase kind) const;
  [[nodiscard]] std::optional<v1::Placed> placed(const RequestFacts& facts) const;
  [[nodiscard]] std::optional<v1::Rejected> rejected(const RequestFacts& facts) const;
  [[nodiscard]] std::string node_state(const std::string& node);

  void clear() { log.clear(); }

  std::unique_ptr<Database> database;
  ServerConfig config;
  Time now{Duration(1'000'000'000)};
  WallTime wall = wall_time_of_us(1'795'435'200'000'000);
  std::unique_ptr<Server> server;
  std::map<NodeId, FakeAgent> agents;
  std::vector<Send> log;
  std::vector<LinesToKeep> lines;
  std::vector<Peer> forgotten;
  std::string bytes;  // everything ever sent, for comparison
  bool does_store_work = true;
  bool is_observer_there = true;

 private:
  void start();
  void perform(Actions actions);
  void hear(const Send& send);
  void beat_all();

  uint64_t gateway_seq_ = 0;
  uint64_t observer_seq_ = 0;
  uint64_t last_query_ = 0;
};

/// Request number `n` for `stories-moe` of account `tenant`.
[[nodiscard]] RequestFacts request(uint64_t n);

}  // namespace suan::scheduler
