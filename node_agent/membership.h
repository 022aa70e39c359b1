#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "catalog/types/random.h"
#include "catalog/types/time.h"
#include "catalog/wire/channel.h"
#include "catalog/wire/loop.h"
#include "node_agent/agent.h"
#include "node_agent/seq_filter.h"

namespace suan::v1 {
class Heartbeat;
class Register;
class Welcome;
}  // namespace suan::v1

namespace suan::node_agent {

/// The agent's standing with the scheduler: registration, heartbeats, epochs, lease.
///
/// Registers at once; again, with growing pauses, while no Welcome comes; and again after
/// `silence_max` without an Ack or when the scheduler speaks with an epoch it was not
/// welcomed by. An Ack that comes late ends the registering.
/// Threads:  the loop's.
class Membership {
 public:
  struct Handlers {
    std::function<void(v1::Register&)> fill_register;
    std::function<void(v1::Heartbeat&)> fill_heartbeat;
    std::function<void(const v1::Welcome&)> welcomed;
    std::function<void(AgentState, const std::string&)> status;
    std::function<void()> abandoned;  // no lease for `keep_unleased`
  };

  /// All references outlive it.
  Membership(Loop& loop, Channel& control, const AgentConfig& config, Handlers handlers);
  ~Membership();
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  void start();
  /// No more beats, no more registering.
  void stop();

  /// May this message from the scheduler be acted on? Smaller epochs and repeated numbers may
  /// not; unknown greater ones cause a new registration.
  [[nodiscard]] bool accepts(const v1::Envelope& message);

  void handle_welcome(const v1::Envelope& message);
  void handle_refused(const std::string& code, const std::string& message);
  void handle_ack(uint64_t beat);

  /// Fills in schema, epochs and number; false when the connection does not take it.
  bool send(v1::Envelope& message);

  /// A heartbeat out of turn: something changed that the scheduler should know soon.
  void beat();

  [[nodiscard]] bool is_registered() const { return is_registered_; }

  [[nodiscard]] bool is_leased() const;

  [[nodiscard]] uint64_t scheduler_epoch() const { return scheduler_epoch_; }

  [[nodiscard]] uint64_t node_epoch() const { return node_epoch_; }

  [[nodiscard]] uint64_t registrations() const { return registrations_; }

 private:
  struct SentBeat {
    uint64_t beat = 0;
    Time at{};
  };

  void tick();
  void schedule_tick();
  void watch_silence();
  void watch_lease();
  void register_again(Duration pause_max);
  void send_register();
  [[nodiscard]] Duration growing_pause(Duration base, Duration limit);
  [[nodiscard]] Duration jittered(Duration around);

  Loop& loop_;
  Channel& control_;
  const AgentConfig& config_;
  Handlers handlers_;
  Random random_;
  SeqFilter seqs_;
  uint64_t scheduler_epoch_ = 0;
  uint64_t node_epoch_ = 0;
  uint64_t seq_ = 0;
  Duration heartbeat_every_;
  Duration refuse_after_;
  std::array<SentBeat, 16> sent_{};
  uint64_t beat_ = 0;
  bool is_registered_ = false;
  bool is_stopped_ = false;
  bool was_leased_ = false;
  bool silence_was_told_ = false;
  Time leased_from_{};        // when the last acknowledged beat was sent
  Time heard_at_{};           // last Welcome or Ack
  Time first_register_at_{};  // of those not answered yet
  uint32_t register_tries_ = 0;
  uint64_t registrations_ = 0;
  TimerId beat_timer_;
  TimerId register_timer_;
};

}  // namespace suan::node_agent
