#include "node_agent/membership.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "catalog/wire/convert.h"

namespace suan::node_agent {

namespace {

constexpr Duration kBeatMin = 50ms;
constexpr Duration kBeatMax = 60s;
constexpr Duration kRefuseAfterMax = 10min;
constexpr Duration kRefusedPauseMax = 60s;

Duration scaled(Duration duration, double factor) {
  return Duration(static_cast<int64_t>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

Membership::Membership(Loop& loop,
                       Channel& control,
                       const AgentConfig& config,
                       Handlers handlers)
    : loop_(loop),
      control_(control),
      config_(config),
      handlers_(std::move(handlers)),
      random_(config.seed),
      // Numbers grow over restarts of the process, too.
      seq_(static_cast<uint64_t>(std::max<int64_t>(to_us(loop.wall_now()), 0))),
      heartbeat_every_(config.heartbeat_every),
      refuse_after_(config.refuse_after) {}

Membership::~Membership() {
  stop();
}

void Membership::start() {
  heard_at_ = loop_.now();
  send_register();
  schedule_tick();
}

void Membership::stop() {
  is_stopped_ = true;
  loop_.cancel(beat_timer_);
  loop_.cancel(register_timer_);
}

bool Membership::accepts(const v1::Envelope& message) {
  const bool is_welcome = message.has_welcome();
  if (message.scheduler_epoch() < scheduler_epoch_) return false;
  if (message.node_epoch() != 0 && message.node_epoch() < node_epoch_) return false;
  if (!seqs_.is_new(message.scheduler_epoch(), message.seq())) return false;

  const bool is_unknown =
      message.scheduler_epoch() > scheduler_epoch_ || message.node_epoch() > node_epoch_;
  if (is_unknown && !is_welcome && !message.has_refused()) {
    if (is_registered_) register_again(1s);
    return false;
  }
  return true;
}

void Membership::handle_welcome(const v1::Envelope& message) {
  const v1::Welcome& welcome = message.welcome();
  if (is_stopped_ || welcome.node_epoch() < node_epoch_) return;
  scheduler_epoch_ = message.scheduler_epoch();
  node_epoch_ = welcome.node_epoch();
  if (welcome.heartbeat_every_us() > 0) {
    heartbeat_every_ = std::clamp(Duration(welcome.heartbeat_every_us()), kBeatMin, kBeatMax);
  }
  if (welcome.refuse_after_us() > 0) {
    refuse_after_ = std::min(Duration(welcome.refuse_after_us()), kRefuseAfterMax);
  }
  // Which of several Registers this answers is not known; the first is the safe assumption.
  leased_from_ = std::max(leased_from_, first_register_at_);
  was_leased_ = true;
  heard_at_ = loop_.now();
  is_registered_ = true;
  register_tries_ = 0;
  silence_was_told_ = false;
  ++registrations_;
  loop_.cancel(register_timer_);
  handlers_.welcomed(welcome);
  beat();
  schedule_tick();
}

void Membership::handle_refused(const std::string& code, const std::string& message) {
  if (is_stopped_) return;
  if (code == to_string(ErrorCode::Conflict)) {
    // It does not know this registration. One such answer may come per message sent before;
    // only the first matters.
    if (is_registered_) register_again(1s);
    return;
  }
  is_registered_ = false;
  const bool needs_operator =
      code == to_string(ErrorCode::Forbidden) || code == to_string(ErrorCode::Unauthorized);
  handlers_.status(AgentState::Joining, fmt::format("the scheduler refused this node ({}): {}",
                                                    printable(code, 40), printable(message)));
  const Duration limit = needs_operator ? kRefusedPauseMax : config_.register_pause_max;
  loop_.cancel(register_timer_);
  register_timer_ = loop_.after(growing_pause(1s, limit), [this] { send_register(); });
}

void Membership::handle_ack(uint64_t beat) {
  const SentBeat& sent = sent_[beat % sent_.size()];
  if (sent.beat != beat || beat == 0) return;
  leased_from_ = std::max(leased_from_, sent.at);
  heard_at_ = loop_.now();
  if (is_registered_) return;
  // The scheduler was only slow: it still knows this registration.
  is_registered_ = true;
  register_tries_ = 0;
  loop_.cancel(register_timer_);
}

bool Membership::send(v1::Envelope& message) {
  message.set_schema(kWireSchema);
  message.set_scheduler_epoch(scheduler_epoch_);
  message.set_node_epoch(node_epoch_);
  message.set_seq(++seq_);
  return control_.send(config_.scheduler, message);
}

void Membership::beat() {
  if (is_stopped_ || !is_registered_) return;
  v1::Envelope message;
  v1::Heartbeat& heartbeat = *message.mutable_heartbeat();
  heartbeat.set_beat(++beat_);
  handlers_.fill_heartbeat(heartbeat);
  sent_[beat_ % sent_.size()] = {beat_, loop_.now()};
  send(message);
}

bool Membership::is_leased() const {
  return was_leased_ && !is_stopped_ && loop_.now() - leased_from_ <= refuse_after_;
}

void Membership::tick() {
  watch_silence();
  watch_lease();
  beat();
  schedule_tick();
}

void Membership::schedule_tick() {
  if (is_stopped_) return;
  loop_.cancel(beat_timer_);
  beat_timer_ = loop_.after(jittered(heartbeat_every_), [this] { tick(); });
}

void Membership::watch_silence() {
  const Duration silence = loop_.now() - heard_at_;
  const Duration patience = std::max(config_.silence_max, 3 * heartbeat_every_);
  if (is_registered_ && silence > patience) register_again(1s);
  if (is_registered_ || silence_was_told_ || silence < config_.unapproved_after) return;
  silence_was_told_ = true;
  handlers_.status(AgentState::Joining,
                   registrations_ == 0
                       ? "key not approved, or server unreachable; trying on"
                       : "the scheduler is silent; running requests go on, trying on");
}

void Membership::watch_lease() {
  if (!was_leased_ || loop_.now() - leased_from_ <= config_.keep_unleased) return;
  was_leased_ = false;
  handlers_.abandoned();
}

/// Jitter first: after a failure of the centre all agents would come back in one moment.
void Membership::register_again(Duration pause_max) {
  is_registered_ = false;
  register_tries_ = 0;
  const auto pause =
      Duration(static_cast<int64_t>(random_.below(static_cast<uint64_t>(pause_max.count()))));
  loop_.cancel(register_timer_);
  register_timer_ = loop_.after(pause, [this] { send_register(); });
}

void Membership::send_register() {
  if (is_stopped_) return;
  if (register_tries_ == 0) first_register_at_ = loop_.now();
  v1::Envelope message;
  handlers_.fill_register(*message.mutable_registration());
  send(message);
  register_timer_ =
      loop_.after(growing_pause(2s, config_.register_pause_max), [this] { send_register(); });
}

/// Half fixed, half drawn: never at once, and never all together.
Duration Membership::growing_pause(Duration base, Duration limit) {
  const uint32_t doublings = std::min(register_tries_++, 10U);
  const Duration pause = std::min(base * (int64_t{1} << doublings), limit);
  return scaled(pause, 0.5 + 0.5 * random_.uniform());
}

Duration Membership::jittered(Duration around) {
  return scaled(around, 0.9 + 0.2 * random_.uniform());
}

}  // namespace suan::node_agent
