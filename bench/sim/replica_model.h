#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/scenario/service_rates.h"
#include "catalog/types/node.h"
#include "catalog/types/request.h"
#include "catalog/types/time.h"

namespace suan::bench {

/// A replica as a few measured numbers: prompts are prefilled one after the other, then all
/// running sequences share steps of `step_base + step_per_sequence * batch`.
struct ReplicaModel {
  double prefill_tokens_per_s = 2'000;
  Duration step_base = 20ms;
  Duration step_per_sequence = 2ms;
  uint32_t slots = 8;
  uint32_t kv_tokens = 32'768;
  uint32_t context_tokens = 4'096;
  uint32_t streams_max = 256;   // waiting and running
  Duration message_every = 1s;  // at most one Tokens message per stream in this time
  uint64_t seed = 1;            // of output lengths

  /// Where set: these rates instead of the three above, and a prompt that is being read keeps the
  /// steps of others waiting, as `scheduler.md` 6.1 has it (TPOT = step / (1 - prefill share)).
  std::optional<ServiceRates> rates;
  double claim = 1;  // what it says of its rates, over what is true

  /// `context_tokens` of all running sequences together.
  [[nodiscard]] Duration step(uint32_t batch, uint64_t context_tokens_in_all = 0) const;
  [[nodiscard]] Duration prefill(uint32_t tokens) const;
  /// What such a replica would report after measuring itself.
  [[nodiscard]] ReplicaCapacity capacity() const;
};

/// Output tokens that a modelled replica makes for a request: between a quarter of the most
/// that may be made and all of it; the same for equal requests and seeds, on every replica.
[[nodiscard]] uint32_t modelled_output_tokens(const RequestFacts& facts,
                                              const ReplicaModel& model);

/// The replica of a machine with these rates.
[[nodiscard]] ReplicaModel replica_model_of(const ServiceRates& rates);

/// A body that asks for exactly so many tokens of output; the reader of one gives 0 for any other.
[[nodiscard]] std::string modelled_body(uint32_t output_tokens);
[[nodiscard]] uint32_t output_tokens_asked(std::string_view body);

/// Bytes per token that the model assumes of prompts.
constexpr uint32_t kModelledBytesPerToken = 4;

/// The request's prompt in tokens, as the model counts.
[[nodiscard]] uint32_t modelled_prompt_tokens(const RequestFacts& facts);

/// The most output tokens that one choice may have.
[[nodiscard]] uint32_t modelled_limit_tokens(const RequestFacts& facts,
                                             const ReplicaModel& model);

}  // namespace suan::bench
