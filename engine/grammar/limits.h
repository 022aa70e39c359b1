#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace suan::engine {

/// A source that is refused, or a text that outgrew its bounds; what() is the sentence.
/// Never leaves this folder.
class GrammarError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct GrammarLimits {
  static constexpr size_t kSourceBytes = 64U << 10U;
  static constexpr uint32_t kDepth = 128;  // brackets in rules, values in schemas
  static constexpr uint32_t kRules = 4096;
  static constexpr uint32_t kPatternStates = 1024;
  static constexpr uint32_t kStates = 160'000;
  static constexpr uint32_t kFunctions = 128;
  // Of one text: positions in the grammar that are open together, and calls within calls.
  static constexpr uint32_t kPositions = 2048;
  static constexpr uint32_t kStackDepth = 4096;
};

/// Counts the steps and the memory of one compilation, and refuses what passes the bounds.
///
/// A step is about 5 ns of simple work, so the whole stays under 2 s on a slow machine.
class CompileBudget {
 public:
  static constexpr uint64_t kSteps = 150'000'000;
  static constexpr uint64_t kBytes = uint64_t{64} << 20U;

  void spend(uint64_t steps) {
    steps_ += steps;
    if (steps_ > kSteps) throw GrammarError("the grammar takes too much work to compile");
  }

  void take(uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ > kBytes) throw GrammarError("the grammar takes more than 64 MiB to compile");
  }

  [[nodiscard]] uint64_t steps() const { return steps_; }

  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  uint64_t steps_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace suan::engine
