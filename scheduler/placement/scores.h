#pragma once

#include <cstdint>

#include "catalog/types/request.h"
#include "scheduler/placement/cluster_view.h"
#include "scheduler/placement/load_table.h"
#include "scheduler/placement/work.h"

namespace suan::scheduler {

/// What a policy gives for a microsecond and for a nano-yuan, in thousandths.
struct PolicyWeights {
  int64_t ttft_milli = 0;
  int64_t output_milli = 0;  // the whole answer's decode time
  int64_t price_milli = 0;   // microseconds per nano-yuan
};

[[nodiscard]] PolicyWeights weights_of(Policy policy);

/// The parts of a score, kept so that the choice can be explained.
///
/// Units:    microseconds and nano-yuan
struct Terms {
  int64_t round_trip_us = 0;
  int64_t queue_us = 0;    // prompts before ours
  int64_t prefill_us = 0;  // our prompt, without what is cached
  int64_t tpot_us = 0;
  int64_t output_us = 0;       // the whole answer
  int64_t price_n = 0;         // at the offer
  int64_t shadow_price_n = 0;  // lambda * device-seconds
  int64_t penalty_us = 0;
  int64_t home_us = 0;           // credit of the prefix holder
  int64_t ttft_expected_us = 0;  // by mean rates, for people
  int64_t tpot_expected_us = 0;
  int64_t score_us = 0;  // lowest wins

  [[nodiscard]] int64_t ttft_us() const { return round_trip_us + queue_us + prefill_us; }
};

/// A prefix that the replica holds, in tokens; and whether it is the holder.
struct CachedPrefix {
  uint32_t tokens = 0;
  bool is_holder = false;
};

/// S = w1 TTFT + w2 m TPOT + w3 (price + lambda g) + penalties - home
///
/// Interactive requests count with the cautious speed, batch with the expected one.
/// Source:   `scheduler.md` section 4.3, whose example is a test
[[nodiscard]] Terms score(const RequestFacts& request,
                          const Work& work,
                          const ReplicaRow& replica,
                          const NodeRow& node,
                          const Prices& prices,
                          const Load& load,
                          const CachedPrefix& cached,
                          Time now);

/// TTFT and TPOT by mean rates on this replica; an empty load gives what is possible at best.
struct Prediction {
  int64_t ttft_us = 0;
  int64_t tpot_us = 0;
};

[[nodiscard]] Prediction predict(const Work& work,
                                 const Speed& speed,
                                 Duration round_trip,
                                 uint32_t in_flight,
                                 uint32_t prefill_tokens_queued);

}  // namespace suan::scheduler
