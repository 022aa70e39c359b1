#include "node_agent/join.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/random.h"
#include "catalog/types/text.h"
#include "catalog/wire/convert.h"

namespace suan::node_agent {

namespace {

bool is_for_good(ErrorCode code) {
  return code == ErrorCode::Forbidden || code == ErrorCode::Unauthorized ||
         code == ErrorCode::BadRequest || code == ErrorCode::Conflict;
}

}  // namespace

struct Joiner::State {
  Loop& loop;
  Channel& channel;
  const JoinConfig config;
  Handlers handlers;
  Random random;
  TimerId timer;
  uint64_t seq = 0;
  Time asked_since{};  // of the silence
  Duration pause_max;
  bool silence_was_told = false;
  bool is_over = false;

  State(Loop& the_loop, Channel& the_channel, JoinConfig the_config, Handlers the_handlers)
      : loop(the_loop),
        channel(the_channel),
        config(std::move(the_config)),
        handlers(std::move(the_handlers)),
        random(config.seed),
        asked_since(the_loop.now()),
        pause_max(config.retry_min) {}

  void ask();
  void again();
  void answered(const v1::Enrolled& message);
  void refused(const v1::Refused& message);
};

void Joiner::State::ask() {
  if (is_over) return;
  v1::Envelope message;
  message.set_schema(kWireSchema);
  message.set_seq(++seq);
  v1::Enrol& enrol = *message.mutable_enrol();
  enrol.set_node_id(config.wished.value());
  enrol.set_curve_public_z85(config.curve_public_z85);
  enrol.set_hostname(config.hostname);
  channel.send(config.scheduler, message);
  if (!silence_was_told && loop.now() - asked_since >= config.answer_wait) {
    silence_was_told = true;
    handlers.status("key not approved, or server unreachable; trying on");
  }
  again();
}

/// Full jitter, so that agents that wait for the same server do not come together.
void Joiner::State::again() {
  const double share = random.uniform();
  const Duration span = pause_max - config.retry_min;
  const auto drawn = Duration(static_cast<int64_t>(share * static_cast<double>(span.count())));
  pause_max = std::min(2 * pause_max, config.retry_max);
  timer = loop.after(config.retry_min + drawn, [this] { ask(); });
}

void Joiner::State::answered(const v1::Enrolled& message) {
  const bool is_sound = is_valid_name(message.node_id()) && is_valid_name(message.site_id());
  if (!is_sound) return handlers.status("the server's answer names no node or site");
  asked_since = loop.now();
  silence_was_told = false;
  is_over = message.is_approved();
  if (is_over) loop.cancel(timer);
  if (!is_over) {
    handlers.status(fmt::format(
        "node {} waits for approval; fingerprint {} (suan node approve {})", message.node_id(),
        printable(message.fingerprint(), 32), message.node_id()));
  }
  // The handler may destroy the joiner.
  const auto enrolled = handlers.enrolled;
  enrolled({NodeId(message.node_id()), SiteId(message.site_id()), message.is_approved(),
            message.fingerprint()});
}

void Joiner::State::refused(const v1::Refused& message) {
  const Error error = read_error(message.code(), message.message(), "");
  asked_since = loop.now();
  if (!is_for_good(error.code)) {
    return handlers.status("the server refused for now: " + printable(error.message));
  }
  is_over = true;
  loop.cancel(timer);
  const auto told = handlers.refused;
  told(error);
}

Joiner::Joiner(Loop& loop, Channel& ticket_channel, JoinConfig config, Handlers handlers)
    : state_(std::make_shared<State>(
          loop, ticket_channel, std::move(config), std::move(handlers))) {
  ticket_channel.on_message(
      [weak = std::weak_ptr(state_)](const Peer&, const v1::Envelope& message) {
        const auto self = weak.lock();
        if (self == nullptr || self->is_over) return;
        if (message.has_enrolled()) self->answered(message.enrolled());
        if (message.has_refused()) self->refused(message.refused());
      });
  state_->ask();
}

Joiner::~Joiner() {
  state_->is_over = true;
  state_->loop.cancel(state_->timer);
}

}  // namespace suan::node_agent
