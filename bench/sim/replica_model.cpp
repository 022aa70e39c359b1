#include "bench/sim/replica_model.h"

#include <algorithm>
#include <cmath>

#include "catalog/types/random.h"

namespace suan::bench {

uint32_t modelled_prompt_tokens(const RequestFacts& facts) {
  return std::max(1U,
                  (facts.prompt_bytes + kModelledBytesPerToken - 1) / kModelledBytesPerToken);
}

uint32_t modelled_limit_tokens(const RequestFacts& facts, const ReplicaModel& model) {
  const uint32_t prompt = modelled_prompt_tokens(facts);
  const uint32_t room = model.context_tokens > prompt ? model.context_tokens - prompt : 0;
  return facts.tokens_max == 0 ? room : std::min(facts.tokens_max, room);
}

Duration ReplicaModel::step(uint32_t batch) const {
  return step_base + step_per_sequence * static_cast<int64_t>(batch);
}

ReplicaCapacity ReplicaModel::capacity() const {
  ReplicaCapacity capacity;
  capacity.slots = slots;
  capacity.kv_tokens_total = kv_tokens;
  capacity.context_tokens = context_tokens;
  capacity.prefill_tokens_per_s = prefill_tokens_per_s;
  capacity.decode_tokens_per_s = 1.0 / to_seconds(step(1));
  capacity.decode_tokens_per_s_full = slots / to_seconds(step(slots));
  return capacity;
}

uint32_t modelled_output_tokens(const RequestFacts& facts, const ReplicaModel& model) {
  const uint32_t limit = modelled_limit_tokens(facts, model);
  if (limit <= 1) return limit;
  const uint32_t least = std::max(1U, limit / 4);
  const Uuid& id = facts.request.value();
  const uint64_t drawn = splitmix64(model.seed ^ splitmix64(id.high ^ splitmix64(id.low)));
  return least + static_cast<uint32_t>(drawn % (limit - least + 1));
}

}  // namespace suan::bench
