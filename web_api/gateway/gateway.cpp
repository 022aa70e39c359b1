#include "web_api/gateway/gateway.h"

#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"
#include "web_api/gateway/gateway_state.h"

namespace suan::web_api {

const ModelService* NetworkView::find(const ModelId& model) const {
  const auto found =
      std::find_if(models.begin(), models.end(),
                   [&](const ModelService& service) { return service.model == model; });
  return found == models.end() ? nullptr : &*found;
}

Gateway::Gateway(
    Loop& loop, Channel& scheduler, Channel& agents, UsageLog& usage, GatewayConfig config)
    : state_(std::make_unique<State>(loop, scheduler, agents, usage, std::move(config))) {
  State& state = *state_;
  scheduler.on_message([&state](const Peer&, const v1::Envelope& message) {
    state.on_scheduler_message(message);
  });
  agents.on_message([&state](const Peer& from, const v1::Envelope& message) {
    state.on_agent_message(from, message);
  });
  agents.on_unreachable(
      [&state](const Peer& peer) { state.links.lost(node_of(peer), state.loop.now()); });
  state.watch_timer = loop.after(state.config.ping_every, [&state] { state.watch_nodes(); });
}

Gateway::~Gateway() = default;

void Gateway::submit(RequestFacts facts,
                     RequestBody body,
                     std::shared_ptr<TokenStream> stream) {
  state_->submit(std::move(facts), std::move(body), std::move(stream));
}

void Gateway::cancel(const RequestId& request) {
  const auto found = state_->requests.find(request);
  if (found == state_->requests.end() || found->second->phase == Phase::Settling) return;
  state_->stop_remote(*found->second);
  state_->end_with_error(*found->second, {ErrorCode::Cancelled, "the client left"}, {});
}

void Gateway::query(std::string path, const AccountId& account, bool is_admin, Then then) {
  const uint64_t ask = state_->asks.open(std::move(then));
  v1::Envelope envelope;
  auto& query = *envelope.mutable_query();
  query.set_query_id(ask);
  query.set_path(std::move(path));
  query.set_account_id(account.value());
  query.set_is_admin(is_admin);
  state_->ask(envelope, ask);
}

void Gateway::command(std::string verb, std::string json, const AccountId& account, Then then) {
  const uint64_t ask = state_->asks.open(std::move(then));
  v1::Envelope envelope;
  auto& command = *envelope.mutable_command();
  command.set_query_id(ask);
  command.set_verb(std::move(verb));
  command.set_json(std::move(json));
  command.set_account_id(account.value());
  state_->ask(envelope, ask);
}

uint64_t Gateway::subscribe(OnEvent handler) {
  const uint64_t subscription = ++state_->last_subscription;
  state_->subscribers.emplace(subscription, std::move(handler));
  return subscription;
}

void Gateway::unsubscribe(uint64_t subscription) {
  state_->subscribers.erase(subscription);
}

std::shared_ptr<const NetworkView> Gateway::view() const {
  return state_->view.get();
}

GatewayCounters Gateway::counters() const {
  GatewayCounters counters = state_->counters;
  counters.running = static_cast<uint32_t>(state_->requests.size());
  return counters;
}

Loop& Gateway::loop() const {
  return state_->loop;
}

}  // namespace suan::web_api
