#pragma once

#include "catalog/types/node.h"
#include "catalog/types/time.h"

namespace suan::engine {
class Engine;
}

namespace suan::node_agent {

/// Tokens/s of an idle engine: prefill, decode of one sequence, decode of all slots in sum.
/// Leaves the engine idle again.
///
/// Units:    rates in tokens/s; takes about `time_max`, or one step if that takes longer
/// Requires: nothing runs in `engine`.
[[nodiscard]] ReplicaCapacity measure_model(engine::Engine& engine, Duration time_max);

}  // namespace suan::node_agent
