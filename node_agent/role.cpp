#include "node_agent/role.h"

#include <exception>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/random.h"
#include "catalog/types/text.h"
#include "catalog/types/uuid.h"
#include "catalog/wire/keys.h"
#include "catalog/wire/ticket.h"
#include "catalog/wire/zmq_channel.h"
#include "catalog/wire/zmq_loop.h"
#include "engine/weights/model_file.h"
#include "engine/weights/sandbox.h"
#include "node_agent/agent.h"
#include "node_agent/hardware/processors.h"
#include "node_agent/hardware/self_measure.h"
#include "node_agent/identity.h"
#include "node_agent/join.h"
#include "node_agent/local_launcher.h"
#include "node_agent/model_depot.h"

namespace suan::node_agent {

namespace {

constexpr int64_t kControlBytesMax = 1 << 20;
constexpr int64_t kTokensBytesMax = 256 << 10;

uint64_t seed_from_system() {
  uint64_t seed = 0;
  fill_from_system(&seed, sizeof(seed));
  return seed;
}

}  // namespace

struct AgentRole::State {
  AgentOptions options;
  ZmqContext context;
  ZmqLoop loop;
  const uint64_t seed = seed_from_system();
  CurveKeyPair keys;
  NodeIdentity identity;
  HostPort control_address;
  std::unique_ptr<ZmqChannel> ticket_channel;
  std::unique_ptr<Joiner> joiner;
  std::unique_ptr<ZmqChannel> control;
  std::unique_ptr<Launcher> launcher;
  std::unique_ptr<Agent> agent;
  Result<void> result;

  explicit State(AgentOptions the_options) : options(std::move(the_options)), loop(context) {
    if (!options.on_status) options.on_status = [](const std::string&) {};
    if (options.threads == 0) options.threads = usable_cores();
  }

  [[nodiscard]] Result<std::optional<Ticket>> needed_ticket();
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> join(const Ticket& ticket);
  void enrolled(const Ticket& ticket, const Enrolment& enrolment);
  void serve();
  [[nodiscard]] std::unique_ptr<Launcher> make_launcher(ModelDepot depot);
  [[nodiscard]] AgentConfig agent_config(const ModelDepot& depot);
  [[nodiscard]] std::unique_ptr<Channel> connect_gateway(const GatewayEndpoint& gateway);
  void heard(AgentState at, const std::string& sentence);
  void fail_with(Error error);
  void drain();
};

/// The ticket, if this node has to join first: it has no identity yet, or one of another
/// network.
Result<std::optional<Ticket>> AgentRole::State::needed_ticket() {
  auto saved = load_identity(options.data);
  if (!saved) return forward(saved.error());
  if (options.ticket.empty()) {
    if (!*saved) {
      return fail(ErrorCode::BadRequest,
                  "{} holds no joined node: give --ticket (suan ticket create --site SITE)",
                  options.data.string());
    }
    identity = **saved;
    return std::nullopt;
  }
  auto ticket = parse_ticket(options.ticket);
  if (!ticket) return forward(ticket.error());
  if (*saved && (*saved)->server_public_z85 == ticket->server_public_z85) {
    identity = **saved;
    return std::nullopt;
  }
  if (ticket->expires < loop.wall_now()) {
    return fail(ErrorCode::Forbidden, "the ticket expired at {}", to_rfc3339(ticket->expires));
  }
  return std::optional(std::move(*ticket));
}

Result<void> AgentRole::State::begin() {
  std::filesystem::create_directories(options.data / "keys");
  keys = load_or_make_curve_keys(options.data / "keys" / "node.key");
  const auto ticket = needed_ticket();
  if (!ticket) return forward(ticket.error());

  const std::string saved_server = *ticket ? (*ticket)->address : identity.server;
  const auto address = parse_host_port(options.server.empty() ? saved_server : options.server);
  if (!address) return forward(address.error());
  if (address->host.empty()) {
    return fail(ErrorCode::BadRequest, "the server's address {} has no host", saved_server);
  }
  control_address = *address;
  if (*ticket) return join(**ticket);
  loop.post([this] { serve(); });
  return {};
}

Result<void> AgentRole::State::join(const Ticket& ticket) {
  const std::string fingerprint = fingerprint_of(keys.public_z85);
  const std::string hostname = discover_hardware(options.threads).hostname;
  JoinConfig config;
  config.wished =
      options.node.empty() ? wished_node_id(hostname, fingerprint) : NodeId(options.node);
  if (!is_valid_name(config.wished.value())) {
    return fail(ErrorCode::BadRequest, "{} is no name for a node", printable(options.node));
  }
  config.curve_public_z85 = keys.public_z85;
  config.hostname = hostname;
  config.seed = seed;
  ticket_channel =
      ZmqChannel::connect(loop, {tcp_endpoint(control_address),
                                 ticket.server_public_z85,
                                 {curve_public_of(ticket.secret_z85), ticket.secret_z85},
                                 config.scheduler,
                                 kControlBytesMax});
  options.on_status(fmt::format("joining site {} at {}:{}, key fingerprint {}",
                                ticket.site.value(), control_address.host, control_address.port,
                                fingerprint));
  Joiner::Handlers handlers;
  handlers.enrolled = [this, ticket](const Enrolment& answer) {
    try {
      enrolled(ticket, answer);
    } catch (const std::exception& error) {  // the disk is full, say
      fail_with({ErrorCode::Internal, error.what(), {}});
    }
  };
  handlers.refused = [this](const Error& error) {
    fail_with({ErrorCode::Forbidden, "the server refused to enrol: " + error.message, {}});
  };
  handlers.status = [this](const std::string& sentence) { options.on_status(sentence); };
  loop.post([this, config = std::move(config), handlers = std::move(handlers)] {
    joiner = std::make_unique<Joiner>(loop, *ticket_channel, config, handlers);
  });
  return {};
}

void AgentRole::State::enrolled(const Ticket& ticket, const Enrolment& enrolment) {
  const std::string server = fmt::format(
      fmt::runtime(control_address.host.find(':') == std::string::npos ? "{}:{}" : "[{}]:{}"),
      control_address.host, control_address.port);
  identity = {enrolment.node, enrolment.site, server, ticket.server_public_z85};
  save_identity(options.data, identity);
  if (!enrolment.is_approved) return;
  loop.post([this] {
    joiner.reset();
    ticket_channel.reset();
    serve();
  });
}

void AgentRole::State::serve() {
  try {
    ModelDepot depot(options.models, engine::ReaderCommand{options.reader});
    for (const std::string& refusal : depot.refusals())
      options.on_status(refusal);
    for (const std::string& warning : depot.warnings())
      options.on_status(warning);
    AgentConfig config = agent_config(depot);
    launcher = make_launcher(std::move(depot));
    control =
        ZmqChannel::connect(loop, {tcp_endpoint(control_address), identity.server_public_z85,
                                   keys, config.scheduler, kControlBytesMax});
    agent = std::make_unique<Agent>(
        loop, *control,
        [this](const GatewayEndpoint& gateway) { return connect_gateway(gateway); }, *launcher,
        std::move(config));
    agent->on_status(
        [this](AgentState at, const std::string& sentence) { heard(at, sentence); });
  } catch (const std::exception& error) {
    fail_with({ErrorCode::Internal, error.what(), {}});
  }
}

std::unique_ptr<Launcher> AgentRole::State::make_launcher(ModelDepot depot) {
  if (options.make_launcher) return options.make_launcher(loop);
  LocalLauncherConfig config;
  config.threads = options.threads;
  config.slots = options.max_batch;
  config.backend = options.backend;
  config.speculation = options.speculation;
  config.output_promised = options.output_promised;
  config.drain_max = options.drain_max;
  config.seed = seed;
  return std::make_unique<LocalLauncher>(loop, std::move(depot), config);
}

AgentConfig AgentRole::State::agent_config(const ModelDepot& depot) {
  AgentConfig config;
  Random random(seed);
  config.boot_id = to_string(make_uuid_v7(loop.wall_now(), random));
  config.seed = seed;
  config.version = options.version;
  config.drain_max = options.drain_max;
  config.hardware = discover_hardware(options.threads);
  if (!engine::has_landlock()) {
    config.hardware.warnings.emplace_back(
        "the kernel has no Landlock: the reader of model files is held by seccomp alone");
  }
  for (const std::string& refusal : depot.refusals()) {
    config.hardware.warnings.push_back(refusal);
  }
  for (const std::string& warning : depot.warnings())
    config.hardware.warnings.push_back(warning);
  SelfMeasureConfig measuring;
  measuring.threads = options.threads;
  config.measured = self_measure(measuring);
  options.on_status(
      fmt::format("{} with {} threads reads {:.1f} GB/s, multiplies {:.1f} GFLOP/s",
                  config.hardware.cpu_model, options.threads, config.measured.memory_read_gb_s,
                  config.measured.matrix_gflop_s));
  return config;
}

std::unique_ptr<Channel> AgentRole::State::connect_gateway(const GatewayEndpoint& gateway) {
  // By default tokens flow to the port after control's, on the same host.
  HostPort address{control_address.host, static_cast<uint16_t>(control_address.port + 1)};
  const std::string& told =
      options.tokens_server.empty() ? gateway.endpoint : options.tokens_server;
  if (!told.empty()) {
    const auto parsed = parse_host_port(told);
    if (!parsed) {
      options.on_status("the tokens' address is of no use: " + parsed.error().message);
      return nullptr;
    }
    address = *parsed;
    if (address.host.empty()) address.host = control_address.host;
  }
  const std::string& key = gateway.server_public_z85.empty() ? identity.server_public_z85
                                                             : gateway.server_public_z85;
  try {
    return ZmqChannel::connect(loop, {tcp_endpoint(address), key, keys,
                                      Peer("gateway:" + gateway.gateway_id), kTokensBytesMax});
  } catch (const std::exception& error) {
    options.on_status(fmt::format("no connection for tokens: {}", error.what()));
    return nullptr;
  }
}

void AgentRole::State::heard(AgentState at, const std::string& sentence) {
  options.on_status(sentence);
  if (at == AgentState::Fenced) fail_with({ErrorCode::Forbidden, sentence, {}});
}

void AgentRole::State::fail_with(Error error) {
  result = tl::unexpected(std::move(error));
  loop.post([this] { loop.stop(); });
}

void AgentRole::State::drain() {
  if (agent == nullptr) return loop.stop();
  agent->drain([this] { loop.stop(); });
}

AgentRole::AgentRole(AgentOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

AgentRole::~AgentRole() = default;

Result<void> AgentRole::run() {
  if (auto begun = state_->begin(); !begun) return begun;
  state_->loop.run();
  state_->agent.reset();
  state_->launcher.reset();
  state_->control.reset();
  state_->joiner.reset();
  state_->ticket_channel.reset();
  return state_->result;
}

void AgentRole::request_drain() {
  state_->loop.post([this] { state_->drain(); });
}

void AgentRole::stop() {
  state_->loop.stop();
}

}  // namespace suan::node_agent
