#pragma once

#include <string_view>
#include <vector>

#include "catalog/types/result.h"
#include "scheduler/placement/place.h"

namespace suan::bench {

/// A way of placing requests to compare ours with.
struct Baseline {
  std::string_view name;
  std::string_view what;  // in one line, for people
  /// A fresh one, with its own memory; `scheduler::place` itself for `suan`.
  scheduler::PlaceFunction (*make)();
};

/// All of them, `suan` first.
[[nodiscard]] const std::vector<Baseline>& baselines();

/// Errors:   BadRequest  no policy of this name; names the nearest
[[nodiscard]] Result<Baseline> choose_baseline(std::string_view name);

}  // namespace suan::bench
