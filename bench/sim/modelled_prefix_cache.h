#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <unordered_map>

namespace suan::bench {

/// Which beginnings of prompts a modelled replica still holds; the longest unused gives way.
///
/// Threads:  one owner.
class ModelledPrefixCache {
 public:
  /// `hashes_max` of one block each; 0: it holds nothing.
  explicit ModelledPrefixCache(uint32_t hashes_max) : hashes_max_(hashes_max) {}

  /// How many of these chained hashes, from the first on, were there; then all of them are.
  uint32_t take(std::span<const uint64_t> hashes);

  [[nodiscard]] size_t size() const { return places_.size(); }

 private:
  uint32_t hashes_max_;
  std::list<uint64_t> by_use_;  // the latest first
  std::unordered_map<uint64_t, std::list<uint64_t>::iterator> places_;
};

}  // namespace suan::bench
