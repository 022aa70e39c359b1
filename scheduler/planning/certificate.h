#pragma once

#include <string>
#include <vector>

namespace suan::scheduler {

/// What an independent check of a plan found; empty `faults`: the plan may be used.
struct Certificate {
  std::vector<std::string> faults;  // a sentence each

  [[nodiscard]] bool is_valid() const { return faults.empty(); }
};

}  // namespace suan::scheduler
