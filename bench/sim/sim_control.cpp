#include "bench/sim/sim_control.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/random.h"
#include "scheduler/planning/certify.h"

namespace suan::bench {

namespace {

const char* const kHost = "control-plane";
const Peer kScheduler("scheduler");
constexpr Duration kPlanningTakes = 1s;

/// Keys that look like CURVE's, from the seed: a simulation must repeat.
CurveKeyPair seeded_keys(Random& random) {
  const auto text = [&random] {
    return fmt::format("{:020d}{:020d}", random.next(), random.next());
  };
  return {.public_z85 = text(), .secret_z85 = text()};
}

/// Planning takes a second of virtual time, and none of it from the loop.
auto plan_later(SimLoop& loop) {
  return [&loop](std::shared_ptr<const scheduler::PlanInput> input,
                 std::function<void(scheduler::Plan)> done) {
    loop.after(kPlanningTakes, [input = std::move(input), done = std::move(done)] {
      done(scheduler::certified_plan(*input));
    });
    return true;
  };
}

}  // namespace

SimControl::SimControl(SimWorld& world,
                       SimNetwork& network,
                       Database& database,
                       uint64_t seed,
                       MakePlace make_place)
    : world_(world),
      network_(network),
      database_(database),
      seed_(seed),
      make_place_(std::move(make_place)),
      gateway_loop_(world),
      usage_(gateway_loop_),
      tokens_(network.listen(gateway_loop_, kHost, "tokens")),
      to_scheduler_(network.connect(
          gateway_loop_, kHost, "gateway-link", Peer("gateway:main"), kScheduler)),
      gateway_(std::make_unique<web_api::Gateway>(gateway_loop_,
                                                  *to_scheduler_,
                                                  *tokens_,
                                                  usage_,
                                                  web_api::GatewayConfig{.seed = seed})) {}

SimControl::~SimControl() {
  crash_scheduler();
}

void SimControl::start_scheduler() {
  if (is_scheduler_up()) return;
  ++starts_;
  scheduler_loop_ = std::make_unique<SimLoop>(world_);
  store_ = std::make_unique<SimStore>(world_, database_, SimStoreFaults{.in_doubt = 0.01},
                                      splitmix64(seed_ + starts_));
  control_ = network_.listen(*scheduler_loop_, kHost, "control");
  gateway_link_ = network_.listen(*scheduler_loop_, kHost, "gateway-link");
  const auto random = std::make_shared<Random>(splitmix64(seed_ ^ starts_));
  scheduler::ServerConfig config{.seed = splitmix64(seed_ * 31 + starts_),
                                 .gateways = {{.gateway_id = "main",
                                               .endpoint = "tcp://control-plane:7401",
                                               .server_public_z85 = ""}},
                                 .make_keys = [random] { return seeded_keys(*random); },
                                 .plan_elsewhere = plan_later(*scheduler_loop_)};
  if (make_place_) config.place = make_place_();
  server_ = std::make_unique<scheduler::ServerRole>(
      *scheduler_loop_, *store_, *control_, *gateway_link_, nullptr, std::move(config),
      scheduler::load_server_state(database_, scheduler_loop_->wall_now()));
}

void SimControl::crash_scheduler() {
  server_.reset();
  gateway_link_.reset();
  control_.reset();
  store_.reset();
  scheduler_loop_.reset();
}

}  // namespace suan::bench
