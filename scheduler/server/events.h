#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/store.h"
#include "catalog/types/id.h"
#include "catalog/types/time.h"
#include "catalog/wire/channel.h"
#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// The two clocks when an event happened: deadlines use `now`, records `wall`.
struct Moment {
  Time now{};
  WallTime wall{};
};

/// Which of the scheduler's channels.
enum class Side : uint8_t { Agents, Gateway, Observer };

/// An input to make a plan from; `query` is who wants to see it, 0: it is to be made true.
struct PlanWanted {
  uint64_t query = 0;
  std::shared_ptr<const PlanInput> input;
};

/// All that can ever change a `Server`. Equal events at equal moments give equal actions.
struct Event {
  enum class Kind : uint8_t {
    Message,      // `peer` sent `message` on `side`
    Unreachable,  // the connection of `peer` on `side` is gone
    Turn,         // time has passed
    Stored,       // write `number` ended; `error` says how it failed
    StartFailed,  // the Start of stream `number` was not taken by its node's channel
    Planned,      // `plan` came of what was wanted; `number` is its query
  };

  Kind kind = Kind::Turn;
  Side side = Side::Agents;
  Peer peer{};
  const v1::Envelope* message = nullptr;  // borrowed for the step
  uint64_t number = 0;
  std::string error{};
  std::shared_ptr<const Plan> plan{};
};

/// A message to hand to a channel. Those of one `stream` stand together: when the first, a
/// Start, is not taken, the others are not sent and StartFailed follows.
struct Send {
  Side side = Side::Agents;
  Peer to;
  std::shared_ptr<v1::Envelope> message;
  StreamId stream{};
};

struct Write {
  uint64_t number = 0;
  Store::Job job;
};

/// Raw lines of a benchmark run, for the record's file.
struct LinesToKeep {
  std::string run_id;
  std::vector<std::string> lines;
};

/// What a step wants done, in this order.
struct Actions {
  std::vector<Send> sends;
  std::vector<Write> writes;
  std::vector<LinesToKeep> lines;
  std::vector<PlanWanted> plans;   // each answered by Planned
  std::vector<Peer> forgotten;     // agents whose connections must not be heard any more
  std::vector<std::string> notes;  // sentences for the operator's log
};

}  // namespace suan::scheduler
