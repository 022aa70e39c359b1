#include "scheduler/server/role.h"

#include <deque>
#include <utility>

#include <spdlog/spdlog.h>

#include "catalog/wire/convert.h"
#include "scheduler/planning/certify.h"
#include "scheduler/server/server.h"

namespace suan::scheduler {

namespace {

/// Writes that the store's queue did not take; beyond it they fail.
constexpr size_t kUntakenMax = 4'096;

}  // namespace

struct ServerRole::State : std::enable_shared_from_this<ServerRole::State> {
  State(Loop& loop_given,
        Store& store_given,
        Channel& agents_given,
        Channel& gateway_given,
        Channel* observer_given,
        ServerConfig config,
        ServerState state)
      : loop(loop_given),
        store(store_given),
        agents(agents_given),
        gateway(gateway_given),
        observer(observer_given),
        keep_lines(config.keep_lines),
        plan_elsewhere(config.plan_elsewhere),
        server(std::move(config), std::move(state), observer_given != nullptr, moment()) {}

  [[nodiscard]] Moment moment() const { return {loop.now(), loop.wall_now()}; }

  void listen();
  void take_turn();

  void step(const Event& event) { perform(server.step(event, moment())); }

  void perform(Actions actions);
  /// False: the Start of this stream was not taken.
  bool send(const Send& send);
  void write(Write write);
  void write_untaken();
  void plan(PlanWanted wanted);

  Loop& loop;
  Store& store;
  Channel& agents;
  Channel& gateway;
  Channel* observer;
  std::function<void(const std::string&, const std::vector<std::string>&)> keep_lines;
  decltype(ServerConfig::plan_elsewhere) plan_elsewhere;
  Server server;
  std::deque<Write> untaken;  // in order
  TimerId turn_timer;
  bool is_stopped = false;
};

void ServerRole::State::listen() {
  const auto hear = [this](Channel& channel, Side side) {
    channel.on_message([this, side](const Peer& from, const v1::Envelope& message) {
      step({.kind = Event::Kind::Message, .side = side, .peer = from, .message = &message});
    });
    channel.on_unreachable([this, side](const Peer& peer) {
      // Told in the midst of a send; the step that sends has to end first.
      loop.post([self = weak_from_this(), side, peer] {
        const auto state = self.lock();
        if (state == nullptr || state->is_stopped) return;
        state->step({.kind = Event::Kind::Unreachable, .side = side, .peer = peer});
      });
    });
  };
  hear(agents, Side::Agents);
  hear(gateway, Side::Gateway);
  if (observer != nullptr) hear(*observer, Side::Observer);
}

void ServerRole::State::take_turn() {
  if (is_stopped) return;
  write_untaken();
  step({.kind = Event::Kind::Turn});
  turn_timer = loop.after(Server::kTurnEvery, [this] { take_turn(); });
}

void ServerRole::State::perform(Actions actions) {
  std::vector<StreamId> failed;
  for (const Send& action : actions.sends) {
    const bool is_failed =
        action.stream.is_set() && !failed.empty() && failed.back() == action.stream;
    if (is_failed) continue;  // its Start was not taken
    if (!send(action) && action.stream.is_set() && action.side == Side::Agents) {
      failed.push_back(action.stream);
    }
  }
  for (Write& action : actions.writes)
    write(std::move(action));
  for (const LinesToKeep& lines : actions.lines) {
    if (keep_lines) keep_lines(lines.run_id, lines.lines);
  }
  for (PlanWanted& wanted : actions.plans)
    plan(std::move(wanted));
  for (const Peer& peer : actions.forgotten)
    agents.forget(peer);
  for (const std::string& note : actions.notes)
    spdlog::info("scheduler: {}", note);
  for (const StreamId& stream : failed) {
    step({.kind = Event::Kind::StartFailed, .number = stream.value()});
  }
}

bool ServerRole::State::send(const Send& action) {
  if (action.side == Side::Agents) return agents.send(action.to, *action.message);
  if (action.side == Side::Gateway) return gateway.send(action.to, *action.message);
  return observer != nullptr && observer->send(action.to, *action.message);
}

void ServerRole::State::write(Write action) {
  untaken.push_back(std::move(action));
  write_untaken();
  if (untaken.size() <= kUntakenMax) return;
  const uint64_t number = untaken.back().number;
  untaken.pop_back();
  // Not within the step that wrote.
  loop.post([self = weak_from_this(), number] {
    const auto state = self.lock();
    if (state == nullptr || state->is_stopped) return;
    state->step(
        {.kind = Event::Kind::Stored, .number = number, .error = "the store does not keep up"});
  });
}

void ServerRole::State::write_untaken() {
  const auto post = [&loop = loop](std::function<void()> task) { loop.post(std::move(task)); };
  while (!untaken.empty()) {
    Write& first = untaken.front();
    const auto then = [self = weak_from_this(),
                       number = first.number](const std::string& error) {
      const auto state = self.lock();
      if (state == nullptr || state->is_stopped) return;
      state->step({.kind = Event::Kind::Stored, .number = number, .error = error});
    };
    if (!store.ask(first.job, post, then)) return;
    untaken.pop_front();
  }
}

/// Never within the step that asked.
void ServerRole::State::plan(PlanWanted wanted) {
  const auto done = [self = weak_from_this(), query = wanted.query](Plan plan) {
    const auto state = self.lock();
    if (state == nullptr || state->is_stopped) return;
    state->step({.kind = Event::Kind::Planned,
                 .number = query,
                 .plan = std::make_shared<const Plan>(std::move(plan))});
  };
  if (!plan_elsewhere) {
    return loop.post([input = std::move(wanted.input), done] { done(certified_plan(*input)); });
  }
  if (plan_elsewhere(std::move(wanted.input), done)) return;
  loop.post([done] {
    Plan none;
    none.faults.emplace_back("the planner is busy");
    done(std::move(none));
  });
}

ServerRole::ServerRole(Loop& loop,
                       Store& store,
                       Channel& agents,
                       Channel& gateway,
                       Channel* observer,
                       ServerConfig config,
                       LoadedState state)
    : state_(std::make_shared<State>(
          loop, store, agents, gateway, observer, std::move(config), std::move(*state))) {
  state_->listen();
  state_->take_turn();
}

ServerRole::~ServerRole() {
  state_->is_stopped = true;
  state_->loop.cancel(state_->turn_timer);
  state_->agents.on_message(nullptr);
  state_->agents.on_unreachable(nullptr);
  state_->gateway.on_message(nullptr);
  state_->gateway.on_unreachable(nullptr);
  if (state_->observer == nullptr) return;
  state_->observer->on_message(nullptr);
  state_->observer->on_unreachable(nullptr);
}

std::optional<Peer> ServerRole::lookup_key(std::string_view domain,
                                           const std::string& public_z85) const {
  return state_->server.lookup_key(domain, public_z85, state_->loop.wall_now());
}

std::string ServerRole::metrics_json() const {
  return state_->server.metrics_json();
}

Loop& ServerRole::loop() const {
  return state_->loop;
}

}  // namespace suan::scheduler
