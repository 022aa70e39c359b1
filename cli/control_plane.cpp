#include "cli/control_plane.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <thread>
#include <utility>

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "bench/http_target.h"
#include "bench/observer.h"
#include "catalog/store/account_tables.h"
#include "catalog/store/store_thread.h"
#include "catalog/types/random.h"
#include "catalog/wire/keys.h"
#include "catalog/wire/zap.h"
#include "catalog/wire/zmq_channel.h"
#include "catalog/wire/zmq_loop.h"
#include "cli/command.h"
#include "cli/record_writer.h"
#include "scheduler/server/plan_thread.h"
#include "scheduler/server/role.h"
#include "web_api/accounts/keys.h"
#include "web_api/accounts/usage_journal.h"
#include "web_api/console/console.h"
#include "web_api/gateway/gateway.h"
#include "web_api/http/server.h"
#include "web_api/openai/routes.h"

namespace suan::cli {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kTokenMessageBytesMax = 256 << 10;

uint64_t system_seed() {
  uint64_t seed = 0;
  fill_from_system(&seed, sizeof seed);
  return seed;
}

/// Makes the data directory and what it holds, for nobody else's eyes.
void make_directories(const fs::path& data) {
  for (const char* folder : {"", "keys", "journal", "bench", "models"}) {
    fs::create_directories(data / folder);
  }
  fs::permissions(data, fs::perms::owner_all);
  fs::permissions(data / "keys", fs::perms::owner_all);
}

std::string store_url(const ControlPlaneOptions& options) {
  return options.store.empty() ? "sqlite:" + (options.data / "suan.db").string()
                               : options.store;
}

struct HostPort {
  std::string host;
  uint16_t port = 0;
};

HostPort split_host_port(const std::string& text) {
  const size_t colon = text.rfind(':');
  unsigned long port = 65'536;
  if (colon != std::string::npos &&
      text.find_first_not_of("0123456789", colon + 1) == text.npos) {
    port = std::strtoul(text.c_str() + colon + 1, nullptr, 10);
  }
  if (colon == 0 || port > 65'535) {
    throw Failure(2, fmt::format("{} is no address such as 127.0.0.1:7400", text));
  }
  return {text.substr(0, colon), static_cast<uint16_t>(port)};
}

/// What follows `tcp://` in a bound endpoint.
std::string address_of(const std::string& endpoint) {
  return endpoint.substr(6);
}

Store::Post post_to(Loop& loop) {
  return [&loop](std::function<void()> task) { loop.post(std::move(task)); };
}

/// Core dumps would hold prompts and keys.
void forbid_core_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

/// Members stand in the order in which they are made; they end in the opposite one.
struct ControlPlane::State {
  explicit State(const ControlPlaneOptions& options) {
    forbid_core_dumps();
    make_directories(options.data);
    open_store(options);
    open_sockets(options);
    make_roles(options);
    make_http(options);
    // Whatever may fail comes before the first thread, which would have to be stopped again.
    http->start();
    threads.emplace_back([this] { scheduler_loop.run(); });
    threads.emplace_back([this] { gateway_loop.run(); });
    start_observer();
  }

  /// Benchmarks take the users' path, so the observer comes when there is an address to ask.
  void start_observer() {
    const bench::HttpTargetOptions target{.base_url = http->url(), .api_key = observer_key};
    observer = std::make_unique<bench::Observer>(
        observer_loop, *from_observer, [target](const SiteId&, const NodeId&) {
          return std::make_unique<bench::HttpTarget>(target);
        });
    threads.emplace_back([this] { observer_loop.run(); });
  }

  ~State() { stop(0s); }

  void open_store(const ControlPlaneOptions& options) {
    std::unique_ptr<Database> database = open_database(store_url(options));
    migrate(*database);
    secret = web_api::load_or_make_secret(options.data / "keys" / "secret");
    const WallTime now = scheduler_loop.wall_now();
    admin_key =
        web_api::ensure_admin_key(*database, secret, options.data / "keys" / "admin.key", now);
    observer_key = make_observer_key(*database, now);
    loaded = scheduler::load_server_state(*database, now);
    store = std::make_unique<StoreThread>(std::move(database));
    keys =
        std::make_unique<web_api::KeyStore>(*store, open_database(store_url(options)), secret);
    records = std::make_unique<RecordWriter>(options.data / "bench");
  }

  /// The load generator asks as any requester does, with a key that lives as long as this process.
  std::string make_observer_key(Database& database, WallTime now) {
    const AccountId account("benchmark");
    AccountTables tables(database);
    tables.put_account({.account = account}, now);
    (void)tables.revoke_keys_of(account, now);
    const web_api::NewKey key =
        web_api::make_key(secret, account, *web_api::Rights::parse({"request"}), now);
    tables.create_key(key.row);
    return key.text;
  }

  void open_sockets(const ControlPlaneOptions& options) {
    curve = load_or_make_curve_keys(options.data / "keys" / "control.key");
    zap = std::make_unique<ZapHandler>(
        scheduler_loop, [this](std::string_view domain, const std::string& key) {
          return server ? server->lookup_key(domain, key) : std::nullopt;
        });
    const HostPort agents = split_host_port(options.agents_listen);
    const int tokens_port = agents.port == 0 ? 0 : agents.port + 1;
    control = ZmqChannel::listen(
        scheduler_loop, {.endpoint = fmt::format("tcp://{}:{}", agents.host, agents.port),
                         .domain = "control",
                         .keys = curve});
    tokens = ZmqChannel::listen(
        gateway_loop, {.endpoint = fmt::format("tcp://{}:{}", agents.host, tokens_port),
                       .domain = "tokens",
                       .keys = curve,
                       .message_bytes_max = kTokenMessageBytesMax});
    const Peer scheduler("scheduler");
    to_gateway = ZmqChannel::bind_pair(scheduler_loop, "gateway", Peer("gateway:main"));
    from_gateway = ZmqChannel::connect_pair(gateway_loop, "gateway", scheduler);
    to_observer = ZmqChannel::bind_pair(scheduler_loop, "observer", Peer("observer"));
    from_observer = ZmqChannel::connect_pair(observer_loop, "observer", scheduler);
  }

  void make_roles(const ControlPlaneOptions& options) {
    const std::string tokens_port = split_port(tokens->endpoint());
    scheduler::ServerConfig config{
        .seed = system_seed(),
        .gateways = {{.gateway_id = "main",
                      .endpoint = "tcp://:" + tokens_port,
                      .server_public_z85 = curve.public_z85}},
        .control_address = address_of(control->endpoint()),
        .control_public_z85 = curve.public_z85,
        .keep_lines = [this](
                          const std::string& run,
                          const std::vector<std::string>& lines) { records->keep(run, lines); },
        .plan_elsewhere =
            [this](auto input, auto done) {
              return planner.plan(std::move(input), [this, done](scheduler::Plan plan) {
                scheduler_loop.post([done, plan = std::move(plan)] { done(plan); });
              });
            }};
    server = std::make_unique<scheduler::ServerRole>(scheduler_loop, *store, *control,
                                                     *to_gateway, to_observer.get(),
                                                     std::move(config), std::move(loaded));
    journal = std::make_unique<web_api::UsageJournal>(
        web_api::UsageJournalConfig{.directory = options.data / "journal"}, *store,
        post_to(gateway_loop));
    for (const std::string& warning : journal->recovery().warnings)
      spdlog::warn("{}", warning);
    gateway = std::make_unique<web_api::Gateway>(gateway_loop, *from_gateway, *tokens, *journal,
                                                 web_api::GatewayConfig{.seed = system_seed()});
  }

  static std::string split_port(const std::string& endpoint) {
    return endpoint.substr(endpoint.rfind(':') + 1);
  }

  void make_http(const ControlPlaneOptions& options) {
    authenticator = std::make_unique<web_api::Authenticator>(*keys, web_api::RequestRate{});
    web_api::Router router;
    web_api::add_openai_routes(router, *gateway);
    web_api::add_console_routes(
        router, {.gateway = *gateway, .keys = *keys, .store = *store, .metrics = metrics});
    http = std::make_unique<web_api::HttpServer>(
        web_api::HttpOptions{.listen = options.listen,
                             .threads = options.http_threads,
                             .tls_cert = options.tls_cert,
                             .tls_key = options.tls_key,
                             .public_names = options.public_names},
        std::move(router), *authenticator, metrics);
  }

  void stop(Duration drain) {
    if (threads.empty()) return;
    http->stop(drain);
    for (ZmqLoop* loop : {&observer_loop, &gateway_loop, &scheduler_loop})
      loop->stop();
    threads.clear();  // joins
  }

  ZmqContext context;
  ZmqLoop scheduler_loop{context};
  ZmqLoop gateway_loop{context};
  ZmqLoop observer_loop{context};
  scheduler::PlanThread planner;
  std::string secret;
  std::optional<std::string> admin_key;
  std::string observer_key;
  CurveKeyPair curve;
  scheduler::LoadedState loaded;

  std::unique_ptr<RecordWriter> records;
  std::unique_ptr<StoreThread> store;
  std::unique_ptr<web_api::KeyStore> keys;
  std::unique_ptr<ZapHandler> zap;
  std::unique_ptr<ZmqChannel> control;
  std::unique_ptr<ZmqChannel> tokens;
  std::unique_ptr<ZmqChannel> to_gateway;
  std::unique_ptr<ZmqChannel> from_gateway;
  std::unique_ptr<ZmqChannel> to_observer;
  std::unique_ptr<ZmqChannel> from_observer;
  std::unique_ptr<scheduler::ServerRole> server;
  std::unique_ptr<web_api::UsageJournal> journal;
  std::unique_ptr<web_api::Gateway> gateway;
  std::unique_ptr<bench::Observer> observer;
  std::unique_ptr<web_api::Authenticator> authenticator;
  web_api::Metrics metrics;
  std::unique_ptr<web_api::HttpServer> http;
  std::vector<std::jthread> threads;
};

ControlPlane::ControlPlane(const ControlPlaneOptions& options)
    : state_(std::make_unique<State>(options)) {}

ControlPlane::~ControlPlane() = default;

std::string ControlPlane::url() const {
  return state_->http->url();
}

std::string ControlPlane::agents_address() const {
  return address_of(state_->control->endpoint());
}

const std::optional<std::string>& ControlPlane::new_admin_key() const {
  return state_->admin_key;
}

void ControlPlane::stop(Duration drain) {
  state_->stop(drain);
}

}  // namespace suan::cli
