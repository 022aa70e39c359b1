#include "node_agent/token_outbox.h"

#include <deque>
#include <map>
#include <utility>

#include "catalog/types/time.h"
#include "catalog/wire/convert.h"

namespace suan::node_agent {

namespace {

constexpr Duration kRetryEvery = 10ms;
constexpr Duration kKeepFor = 30s;
constexpr size_t kBacklogsMax = 16'384;  // streams that wait; also those that ended

struct Waiting {
  v1::Envelope message;
  uint64_t bytes = 0;
};

struct Backlog {
  std::string gateway_id;
  std::deque<Waiting> messages;
  uint64_t bytes = 0;
  Time since{};  // when the gateway last took one
};

}  // namespace

struct TokenOutbox::State {
  Loop& loop;
  const AgentConfig& config;
  GatewayLinks& gateways;
  std::map<StreamId, Backlog> backlogs;
  TimerId timer;
  bool is_waiting = false;
  uint64_t overflowed = 0;

  State(Loop& the_loop, const AgentConfig& the_config, GatewayLinks& the_gateways)
      : loop(the_loop), config(the_config), gateways(the_gateways) {}

  void keep(const std::string& gateway_id, StreamId stream, v1::Envelope message) {
    if (backlogs.size() >= kBacklogsMax && !backlogs.contains(stream)) return;
    Backlog& backlog = backlogs[stream];
    if (backlog.messages.empty()) backlog.since = loop.now();
    backlog.gateway_id = gateway_id;
    const uint64_t bytes = message.ByteSizeLong();
    backlog.bytes += bytes;
    backlog.messages.push_back({std::move(message), bytes});
    wait();
  }

  void wait() {
    if (is_waiting) return;
    is_waiting = true;
    timer = loop.after(kRetryEvery, [this] {
      is_waiting = false;
      retry();
    });
  }

  void retry() {
    for (auto next = backlogs.begin(); next != backlogs.end();) {
      Backlog& backlog = next->second;
      push_out(backlog);
      const bool is_over = backlog.messages.empty() || loop.now() - backlog.since > kKeepFor;
      next = is_over ? backlogs.erase(next) : std::next(next);
    }
    if (!backlogs.empty()) wait();
  }

  void push_out(Backlog& backlog) {
    while (!backlog.messages.empty() &&
           gateways.send(backlog.gateway_id, backlog.messages.front().message)) {
      backlog.bytes -= backlog.messages.front().bytes;
      backlog.messages.pop_front();
      backlog.since = loop.now();
    }
  }
};

TokenOutbox::TokenOutbox(Loop& loop, const AgentConfig& config, GatewayLinks& gateways)
    : state_(std::make_unique<State>(loop, config, gateways)) {}

TokenOutbox::~TokenOutbox() {
  state_->loop.cancel(state_->timer);
}

bool TokenOutbox::send(const std::string& gateway_id, StreamId stream, v1::Envelope message) {
  const auto waiting = state_->backlogs.find(stream);
  if (waiting == state_->backlogs.end()) {
    if (!state_->gateways.send(gateway_id, message)) {
      state_->keep(gateway_id, stream, std::move(message));
    }
    return true;
  }
  if (waiting->second.bytes + message.ByteSizeLong() > state_->config.stream_buffer_bytes_max) {
    ++state_->overflowed;
    state_->backlogs.erase(waiting);
    return false;
  }
  state_->keep(gateway_id, stream, std::move(message));
  return true;
}

void TokenOutbox::finish(const std::string& gateway_id, StreamId stream, v1::Envelope message) {
  const bool is_first = !state_->backlogs.contains(stream);
  if (is_first && state_->gateways.send(gateway_id, message)) return;
  state_->keep(gateway_id, stream, std::move(message));
}

uint64_t TokenOutbox::overflowed() const {
  return state_->overflowed;
}

}  // namespace suan::node_agent
