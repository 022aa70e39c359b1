#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/tokenizer/split_rules.h"

namespace suan::engine {

/// Cuts texts into words by one rule, with PCRE2 (compiled once, to machine code where the system
/// allows it).
///
/// Threads:  immutable, so threads may share it
class PreSplitter {
 public:
  explicit PreSplitter(const SplitRule& rule);
  PreSplitter(PreSplitter&&) noexcept;
  ~PreSplitter();

  /// The words of `text` in order; together they are `text`. Bytes that are no UTF-8 are words of
  /// their own.
  ///
  /// Errors:   std::runtime_error should a pattern exceed PCRE2's limits
  [[nodiscard]] std::vector<std::string_view> split(std::string_view text) const;

 private:
  class Pattern;
  std::vector<Pattern> patterns_;
};

}  // namespace suan::engine
