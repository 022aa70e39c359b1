#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "engine/grammar/grammar.h"

namespace suan::engine {

/// Compiled grammars of one vocabulary, found again by their source's bytes; the one that was
/// not asked for the longest goes first when they pass the limit.
///
/// Threads:  one owner, the thread that prepares requests. What it hands out is immutable.
class GrammarCache {
 public:
  static constexpr size_t kBytesMax = size_t{256} << 20;

  explicit GrammarCache(std::shared_ptr<const TokenTable> tokens, size_t bytes_max = kBytesMax);

  /// Compiles at the first time. Refused sources are not kept.
  [[nodiscard]] GrammarResult get(const GrammarSource& source);

  [[nodiscard]] size_t bytes() const { return bytes_; }

  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Grammar> grammar;
  };

  static size_t bytes_of(const Entry& entry);
  void drop_oldest();

  std::shared_ptr<const TokenTable> tokens_;
  size_t bytes_max_;
  size_t bytes_ = 0;
  std::list<Entry> entries_;  // the last one asked for first
  std::unordered_map<std::string, std::list<Entry>::iterator> found_;
};

}  // namespace suan::engine
