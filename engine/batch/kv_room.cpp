#include "engine/batch/kv_room.h"

#include <algorithm>
#include <span>
#include <utility>

namespace suan::engine {

bool KvRoom::start(Sequence& sequence, size_t tokens) {
  // The last token must be computed to know what follows it.
  const size_t known = std::min(sequence.tokens.size() - 1, shared_tokens(sequence));
  PageLease lease =
      tree_.match(sequence.generation.prefix_scope, {sequence.tokens.data(), known});
  const auto position = static_cast<uint32_t>(lease.tokens());
  if (!make_room(lease, tokens)) return false;
  pool_.extend(lease, tokens);
  sequence.lease = std::move(lease);
  sequence.position = position;
  return true;
}

bool KvRoom::extend(Sequence& sequence, size_t tokens) {
  if (!make_room(sequence.lease, tokens)) return false;
  pool_.extend(sequence.lease, tokens);
  return true;
}

void KvRoom::keep(const Sequence& sequence) {
  const size_t computed = std::min<size_t>(sequence.position, sequence.tokens.size());
  const size_t count = std::min(computed, shared_tokens(sequence));
  tree_.keep(sequence.generation.prefix_scope, {sequence.tokens.data(), count}, sequence.lease);
}

size_t KvRoom::shared_tokens(const Sequence& sequence) const {
  if (!sequence.generation.shares_prefix) return 0;
  switch (sharing_) {
    case Sharing::Nothing:
      return 0;
    case Sharing::Prompts:
      return sequence.prompt_tokens;
    case Sharing::All:
      break;
  }
  return sequence.tokens.size();
}

bool KvRoom::make_room(const PageLease& lease, size_t tokens) {
  const size_t wanted = PagePool::pages_for(tokens);
  const size_t held = lease.pages().size();
  return wanted <= held || tree_.make_room(wanted - held);
}

}  // namespace suan::engine
