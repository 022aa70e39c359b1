#pragma once

#include <cstddef>

#include "engine/batch/sequence.h"
#include "engine/cache/page_pool.h"
#include "engine/cache/prefix_tree.h"

namespace suan::engine {

/// What of a text may be shared with others.
///
/// Prompts: where decoded rows differ in their last bits from rows of a prompt (MLA computes them
/// in another form), sharing them would make a text depend on who came before.
enum class Sharing : uint8_t { Nothing, Prompts, All };

/// The KV cache's pages as sequences see them: found again, taken, and kept for others.
///
/// Threads:  one owner.
class KvRoom {
 public:
  /// `pool` outlives it.
  KvRoom(PagePool& pool, Sharing sharing) : pool_(pool), tree_(pool), sharing_(sharing) {}

  /// Gives a sequence the pages of what is known of its beginning, and others to cover `tokens`;
  /// its position says how much is known. At least one token is left to compute.
  /// False, and nothing happens: there is no room now.
  [[nodiscard]] bool start(Sequence& sequence, size_t tokens);

  /// Adds pages until the sequence has `tokens` positions. False: there is no room now.
  [[nodiscard]] bool extend(Sequence& sequence, size_t tokens);

  /// Keeps what is computed of a sequence for those that begin alike. Pages go on being its own.
  void keep(const Sequence& sequence);

  [[nodiscard]] size_t pages_kept() const { return tree_.pages(); }

 private:
  /// How many of its tokens may be shared, from the first on.
  [[nodiscard]] size_t shared_tokens(const Sequence& sequence) const;
  [[nodiscard]] bool make_room(const PageLease& lease, size_t tokens);

  PagePool& pool_;
  PrefixTree tree_;
  Sharing sharing_;
};

}  // namespace suan::engine
