#include "tests/scheduler/server/server_world.h"

#include <stdexcept>
#include <utility>

#include "catalog/wire/ticket.h"
#include "scheduler/planning/certify.h"
#include "tests/support/rows.h"

namespace suan::scheduler {

namespace {

const Peer kGateway("gateway:main");
const Peer kObserver("observer");

DepotModel stories_moe(const std::string& digest) {
  return {.model = ModelId("stories-moe"),
          .digest = digest,
          .architecture = "stories_moe",
          .quantization = "f32",
          .weight_bytes = 4'000'000,
          .context_tokens = 512,
          .vocabulary = 512};
}

std::string node_key(const std::string& node) {
  std::string key = node;
  key.resize(40, 'k');
  return key;
}

}  // namespace

RequestFacts request(uint64_t n) {
  RequestFacts facts;
  facts.request = testing::request_id(n);
  facts.account = AccountId("tenant");
  facts.model = ModelId("stories-moe");
  facts.prompt_bytes = 200;
  facts.tokens_max = 64;
  facts.deadline = 60s;
  return facts;
}

ServerConfig ServerWorld::default_config() {
  ServerConfig config;
  config.seed = 7;
  config.gateways = {{"main", "tcp://:7401", ""}};
  config.control_address = "127.0.0.1:7400";
  config.control_public_z85 = std::string(40, 's');
  config.make_keys = [n = 0]() mutable {
    CurveKeyPair keys{std::string(40, 't'), std::string(40, 'u')};
    keys.public_z85.replace(0, 4, std::to_string(1000 + ++n));
    return keys;
  };
  return config;
}

ServerWorld::ServerWorld(ServerConfig given)
    : database(open_database("sqlite::memory:")), config(std::move(given)) {
  migrate(*database);
  start();
}

void ServerWorld::start() {
  LoadedState state = load_server_state(*database, wall);
  server =
      std::make_unique<Server>(config, std::move(*state), is_observer_there, Moment{now, wall});
}

void ServerWorld::restart() {
  gateway_seq_ = 0;
  observer_seq_ = 0;
  start();
}

void ServerWorld::advance(Duration duration) {
  const Time end = now + duration;
  while (now < end) {
    now += Server::kTurnEvery;
    wall += Server::kTurnEvery;
    if (now.time_since_epoch() % 1s == Duration::zero()) beat_all();
    step({.kind = Event::Kind::Turn});
  }
}

void ServerWorld::beat_all() {
  for (auto& [id, agent] : agents) {
    if (agent.is_alive && agent.epoch != 0) send_beat(agent);
  }
}

void ServerWorld::step(const Event& event) {
  perform(server->step(event, {now, wall}));
}

void ServerWorld::perform(Actions actions) {
  for (const Send& action : actions.sends) {
    bytes += action.to.value() + encode_envelope(*action.message);
    log.push_back(action);
    if (action.side == Side::Agents) hear(action);
  }
  for (LinesToKeep& kept : actions.lines)
    lines.push_back(std::move(kept));
  for (const Peer& peer : actions.forgotten)
    forgotten.push_back(peer);
  for (const PlanWanted& wanted : actions.plans) {
    step({.kind = Event::Kind::Planned,
          .number = wanted.query,
          .plan = std::make_shared<const Plan>(certified_plan(*wanted.input))});
  }
  for (const Write& write : actions.writes) {
    std::string error = does_store_work ? "" : "the disk is full";
    try {
      if (does_store_work) database->in_transaction(write.job);
    } catch (const StoreError& failed) {
      error = failed.what();
    }
    step({.kind = Event::Kind::Stored, .number = write.number, .error = error});
  }
}

/// What an agent takes from the scheduler; its answers come with the next beat.
void ServerWorld::hear(const Send& action) {
  const auto found = agents.find(node_of(action.to));
  if (found == agents.end() || !found->second.is_alive) return;
  FakeAgent& agent = found->second;
  const v1::Envelope& message = *action.message;
  if (message.has_welcome()) {
    agent.epoch = message.welcome().node_epoch();
  } else if (message.has_refused()) {
    agent.refused.push_back(message.refused().code());
  } else if (message.has_fence() && message.node_epoch() == agent.epoch) {
    agent.fenced.push_back(message.fence().reason());
  } else if (message.has_stop()) {
    agent.stopped.push_back(message.stop().stream_id());
  } else if (message.has_start()) {
    agent.starts.push_back(message.start());
    if (agent.acknowledges) agent.start_seq_seen = message.start().start_seq();
  } else if (message.has_desired() && agent.loads_what_is_desired) {
    agent.replicas.clear();
    for (const v1::WantedReplica& wanted : message.desired().replicas()) {
      ReplicaReport& replica = agent.replicas.emplace_back();
      replica.replica = ReplicaId(wanted.replica_id());
      replica.lease_epoch = wanted.lease_epoch();
      replica.model = ModelId(wanted.model_id());
      replica.digest = agent.digest;
      replica.state = ReplicaState::Ready;
      replica.capacity = {.slots = agent.slots,
                          .kv_tokens_total = agent.slots * 512,
                          .context_tokens = 512,
                          .prefill_tokens_per_s = 10 * agent.decode_tokens_per_s,
                          .decode_tokens_per_s = agent.decode_tokens_per_s,
                          .decode_tokens_per_s_full = 2 * agent.decode_tokens_per_s};
    }
  }
}

void ServerWorld::deliver(Side side, const Peer& from, v1::Envelope message) {
  message.set_schema(kWireSchema);
  if (side == Side::Gateway) message.set_seq(++gateway_seq_);
  if (side == Side::Observer) message.set_seq(++observer_seq_);
  step({.kind = Event::Kind::Message, .side = side, .peer = from, .message = &message});
}

FakeAgent& ServerWorld::join(const std::string& node, const std::string& site) {
  const Json ticket = must("ticket.create", {{"site", site}, {"auto_approve", true}});
  FakeAgent& agent = agents[NodeId(node)];
  agent.node = NodeId(node);
  agent.site = SiteId(site);
  agent.key = node_key(node);
  enrol(ticket.at("ticket_id").get<std::string>(), node, agent.key);
  send_register(agent);
  return agent;
}

void ServerWorld::enrol(const std::string& ticket,
                        const std::string& node,
                        const std::string& key) {
  v1::Envelope message;
  message.mutable_enrol()->set_node_id(node);
  message.mutable_enrol()->set_curve_public_z85(key);
  deliver(Side::Agents, Peer("ticket:" + ticket), message);
}

void ServerWorld::send(FakeAgent& agent, v1::Envelope message) {
  message.set_node_epoch(agent.epoch);
  message.set_seq(++agent.seq);
  deliver(Side::Agents, agent.peer(), std::move(message));
}

void ServerWorld::send_register(FakeAgent& agent) {
  v1::Envelope message;
  v1::Register& told = *message.mutable_registration();
  told.set_boot_id(agent.boot);
  told.mutable_hardware()->set_hostname("host");
  told.mutable_hardware()->set_memory_bytes(8ULL << 30U);
  told.set_memory_read_gb_s(agent.memory_read_gb_s);
  told.set_version("test");
  write(stories_moe(agent.digest), *told.add_depot());
  for (const ReplicaReport& replica : agent.replicas)
    write(replica, *told.add_replicas());
  for (const v1::Running& running : agent.running)
    *told.add_running() = running;
  send(agent, std::move(message));
}

void ServerWorld::send_beat(FakeAgent& agent) {
  v1::Envelope message;
  v1::Heartbeat& beat = *message.mutable_heartbeat();
  beat.set_beat(++agent.beat);
  beat.set_start_seq_seen(agent.start_seq_seen);
  for (const ReplicaReport& replica : agent.replicas)
    write(replica, *beat.add_replicas());
  send(agent, std::move(message));
}

void ServerWorld::progress(FakeAgent& agent, uint64_t stream, bool has_first_token) {
  v1::Envelope message;
  v1::StreamProgress& told = *message.mutable_progress()->add_streams();
  told.set_stream_id(stream);
  told.set_has_first_token(has_first_token);
  send(agent, std::move(message));
}

void ServerWorld::finish(FakeAgent& agent, const v1::Start& start, const std::string& status) {
  v1::Envelope message;
  v1::Finished& finished = *message.mutable_finished();
  finished.set_request_id(start.facts().request_id());
  finished.set_attempt(start.facts().attempt());
  finished.set_stream_id(start.stream_id());
  finished.set_replica_id(start.replica_id());
  finished.mutable_usage()->set_prompt_tokens(50);
  finished.mutable_usage()->set_completion_tokens(64);
  finished.set_status(status);
  finished.set_prefill_us(50'000);
  finished.set_decode_us(640'000);
  finished.set_batch_max(1);
  send(agent, std::move(message));
}

void ServerWorld::submit(const RequestFacts& facts, uint64_t stream) {
  v1::Envelope message;
  write(facts, *message.mutable_submit()->mutable_facts());
  message.mutable_submit()->set_stream_id(stream);
  deliver(Side::Gateway, kGateway, std::move(message));
}

v1::Answer ServerWorld::ask(const std::string& path, const std::string& account, bool admin) {
  v1::Envelope message;
  v1::Query& query = *message.mutable_query();
  query.set_query_id(++last_query_);
  query.set_path(path);
  query.set_account_id(account);
  query.set_is_admin(admin);
  deliver(Side::Gateway, kGateway, std::move(message));
  for (const v1::Envelope& answer : sent(Side::Gateway, v1::Envelope::kAnswer)) {
    if (answer.answer().query_id() == last_query_) return answer.answer();
  }
  throw std::runtime_error("no answer to " + path);
}

Json ServerWorld::query(const std::string& path, const std::string& account, bool admin) {
  const v1::Answer answer = ask(path, account, admin);
  if (!answer.code().empty()) throw std::runtime_error(path + ": " + answer.message());
  return parse_json(answer.json()).value();
}

v1::Answer ServerWorld::command(const std::string& verb, const Json& arguments) {
  v1::Envelope message;
  v1::Command& command = *message.mutable_command();
  command.set_query_id(++last_query_);
  command.set_verb(verb);
  command.set_json(dump_json(arguments));
  command.set_account_id("admin");
  deliver(Side::Gateway, kGateway, std::move(message));
  for (const v1::Envelope& answer : sent(Side::Gateway, v1::Envelope::kAnswer)) {
    if (answer.answer().query_id() == last_query_) return answer.answer();
  }
  return {};
}

Json ServerWorld::must(const std::string& verb, const Json& arguments) {
  const v1::Answer answer = command(verb, arguments);
  if (!answer.code().empty()) throw std::runtime_error(verb + ": " + answer.message());
  return parse_json(answer.json()).value();
}

std::vector<v1::Envelope> ServerWorld::sent(Side side, v1::Envelope::BodyCase kind) const {
  std::vector<v1::Envelope> found;
  for (const Send& one : log) {
    if (one.side == side && one.message->body_case() == kind) found.push_back(*one.message);
  }
  return found;
}

std::optional<v1::Placed> ServerWorld::placed(const RequestFacts& facts) const {
  std::optional<v1::Placed> found;
  for (const v1::Envelope& one : sent(Side::Gateway, v1::Envelope::kPlaced)) {
    if (one.placed().request_id() == write_request_id(facts.request)) found = one.placed();
  }
  return found;
}

std::optional<v1::Rejected> ServerWorld::rejected(const RequestFacts& facts) const {
  std::optional<v1::Rejected> found;
  for (const v1::Envelope& one : sent(Side::Gateway, v1::Envelope::kRejected)) {
    if (one.rejected().request_id() == write_request_id(facts.request)) found = one.rejected();
  }
  return found;
}

std::string ServerWorld::node_state(const std::string& node) {
  const Json nodes = query("nodes");
  for (const Json& one : nodes.at("items")) {
    if (one.at("id") == node) return one.at("state").get<std::string>();
  }
  return "";
}

}  // namespace suan::scheduler
