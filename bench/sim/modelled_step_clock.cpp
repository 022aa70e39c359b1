#include "bench/sim/modelled_step_clock.h"

#include <algorithm>
#include <cmath>

namespace suan::bench {

void ModelledStepClock::advance(Time now) {
  // Prompts are read without a gap until `prefill_free_at_`: that part of the time has no steps.
  const Time from =
      model_.rates ? std::max(steps_at_, std::min(now, prefill_free_at_)) : steps_at_;
  if (decoding_ > 0) steps_ += to_seconds(now - from) / step_s();
  steps_at_ = now;
}

Time ModelledStepClock::begin_prefill(Time now, Duration prefill) {
  prefill_free_at_ = std::max(prefill_free_at_, now) + prefill;
  return prefill_free_at_;
}

void ModelledStepClock::join(const ModelledStream& stream) {
  decoding_ += stream.choices();
  context_tokens_ += stream.context_tokens();
}

void ModelledStepClock::leave(const ModelledStream& stream) {
  decoding_ -= stream.choices();
  context_tokens_ -= stream.context_tokens();
}

Duration ModelledStepClock::wait(double steps, Time now) const {
  const double left_s = std::max(steps - steps_, 0.0) * step_s();
  const Duration reading =
      model_.rates ? std::max(prefill_free_at_ - now, Duration::zero()) : Duration::zero();
  return reading + Duration(static_cast<int64_t>(std::ceil(left_s * 1e6)));
}

}  // namespace suan::bench
