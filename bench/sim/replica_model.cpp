#include "bench/sim/replica_model.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "catalog/types/random.h"

namespace suan::bench {

namespace {

constexpr std::string_view kBodyBegin = R"({"output_tokens":)";

Duration rounded_up(double seconds) {
  return Duration(static_cast<int64_t>(std::ceil(seconds * 1e6)));
}

}  // namespace

uint32_t modelled_prompt_tokens(const RequestFacts& facts) {
  return std::max(1U,
                  (facts.prompt_bytes + kModelledBytesPerToken - 1) / kModelledBytesPerToken);
}

uint32_t modelled_limit_tokens(const RequestFacts& facts, const ReplicaModel& model) {
  const uint32_t prompt = modelled_prompt_tokens(facts);
  const uint32_t room = model.context_tokens > prompt ? model.context_tokens - prompt : 0;
  return facts.tokens_max == 0 ? room : std::min(facts.tokens_max, room);
}

Duration ReplicaModel::step(uint32_t batch, uint64_t context_tokens_in_all) const {
  if (rates)
    return rounded_up(rates->step_s(batch, static_cast<double>(context_tokens_in_all)));
  return step_base + step_per_sequence * static_cast<int64_t>(batch);
}

Duration ReplicaModel::prefill(uint32_t tokens) const {
  return rounded_up(rates ? rates->prefill_s(tokens) : tokens / prefill_tokens_per_s);
}

ReplicaCapacity ReplicaModel::capacity() const {
  // A benchmark of a replica runs with short contexts.
  ReplicaCapacity capacity;
  capacity.slots = slots;
  capacity.kv_tokens_total = kv_tokens;
  capacity.context_tokens = context_tokens;
  capacity.prefill_tokens_per_s = claim * prefill_tokens_per_s;
  capacity.decode_tokens_per_s = claim / to_seconds(step(1));
  capacity.decode_tokens_per_s_full = claim * slots / to_seconds(step(slots));
  return capacity;
}

ReplicaModel replica_model_of(const ServiceRates& rates) {
  ReplicaModel model;
  model.prefill_tokens_per_s = rates.prefill_tokens_per_s;
  model.slots = rates.slots;
  model.kv_tokens = rates.kv_tokens;
  model.context_tokens = rates.context_tokens;
  model.rates = rates;
  return model;
}

std::string modelled_body(uint32_t output_tokens) {
  return std::string(kBodyBegin) + std::to_string(output_tokens) + "}";
}

uint32_t output_tokens_asked(std::string_view body) {
  if (!body.starts_with(kBodyBegin)) return 0;
  body.remove_prefix(kBodyBegin.size());
  uint32_t tokens = 0;
  const auto [end, fault] = std::from_chars(body.data(), body.data() + body.size(), tokens);
  return fault == std::errc() && end != body.data() + body.size() ? tokens : 0;
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
