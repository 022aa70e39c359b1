#include "bench/scenario/service_rates.h"

#include <algorithm>
#include <cmath>

namespace suan::bench {

namespace {

// Assumed, as there is no measurement of these machines: half a millisecond to launch a step's
// kernels, and as much again for each doubling of the devices, which add up their parts per layer.
constexpr double kStepBaseSeconds = 0.0005;
// Of the memory, what weights and caches can have; the rest is activations and the runtime.
constexpr double kUsableMemory = 0.9;
constexpr double kFlopPerWeight = 2;  // a multiplication and an addition per token

struct Weights {
  double dense = 0;
  double experts = 0;  // all routed
};

Weights split(const ServedModel& model) {
  if (model.experts <= model.experts_per_token) return {model.parameters, 0};
  const double of_one =
      (model.parameters - model.parameters_active) / (model.experts - model.experts_per_token);
  return {model.parameters_active - of_one * model.experts_per_token, of_one * model.experts};
}

Result<void> check(const ServedModel& model, const DeviceProfile& device, double kv_bytes) {
  if (device.memory_gb <= 0 || device.bandwidth_gb_s <= 0 || device.compute_tflops <= 0) {
    const char* what = device.memory_gb <= 0        ? "memory"
                       : device.bandwidth_gb_s <= 0 ? "bandwidth"
                                                    : "compute";
    return fail(ErrorCode::BadRequest, "device {} has no figure for its {} ({})", device.name,
                what, device.source);
  }
  if (model.experts > 0 &&
      (model.experts_per_token == 0 || model.experts <= model.experts_per_token)) {
    return fail(ErrorCode::BadRequest, "of {} experts {} per token is no mixture",
                model.experts, model.experts_per_token);
  }
  const Weights weights = split(model);
  if (weights.dense <= 0 || weights.experts < 0) {
    return fail(
        ErrorCode::BadRequest,
        "{} experts, {} per token, do not go with {:.4g} parameters of which {:.4g} are "
        "active",
        model.experts, model.experts_per_token, model.parameters, model.parameters_active);
  }
  if (kv_bytes < model.kv_bytes_per_token * model.context_tokens) {
    return fail(
        ErrorCode::BadRequest,
        "{:.4g} GB of weights and a cache of {} tokens ({:.4g} GB) do not fit: {:.4g} GB "
        "are left for the cache",
        model.weight_bytes() / 1e9, model.context_tokens,
        model.kv_bytes_per_token * model.context_tokens / 1e9, std::max(kv_bytes, 0.0) / 1e9);
  }
  return {};
}

}  // namespace

double ServiceRates::step_s(double batch, double context_tokens_in_all) const {
  const double read = expert_share > 0 ? 1 - std::pow(1 - expert_share, batch) : 0;
  return step_base_s + step_dense_s + step_experts_s * read + step_per_request_s * batch +
         step_per_context_token_s * context_tokens_in_all;
}

double ServiceRates::prefill_s(double tokens) const {
  return prefill_base_s + tokens / prefill_tokens_per_s;
}

Result<ServiceRates> service_rates(const ServedModel& model,
                                   const DeviceProfile& device,
                                   uint32_t devices,
                                   uint32_t slots) {
  const double kv_bytes =
      devices * device.memory_gb * 1e9 * kUsableMemory - model.weight_bytes();
  if (const auto checked = check(model, device, kv_bytes); !checked) {
    return forward(checked.error());
  }
  const double bytes_per_s = devices * device.bandwidth_gb_s * 1e9;
  const double flop_per_s = devices * device.compute_tflops * 1e12;
  const Weights weights = split(model);
  const double token_s = kFlopPerWeight * model.parameters_active / flop_per_s;
  ServiceRates rates;
  rates.step_base_s = kStepBaseSeconds * (1 + std::log2(static_cast<double>(devices)));
  rates.step_dense_s = weights.dense * model.bytes_per_weight / bytes_per_s;
  rates.step_experts_s = weights.experts * model.bytes_per_weight / bytes_per_s;
  if (weights.experts > 0) {
    rates.expert_share = static_cast<double>(model.experts_per_token) / model.experts;
  }
  rates.step_per_request_s = token_s;
  rates.step_per_context_token_s = model.kv_bytes_per_token / bytes_per_s;
  // A prompt reads every weight once, whatever its length.
  rates.prefill_base_s = rates.step_base_s + rates.step_dense_s + rates.step_experts_s;
  rates.prefill_tokens_per_s = 1 / token_s;
  rates.slots = slots;
  rates.kv_tokens = static_cast<uint32_t>(std::min(kv_bytes / model.kv_bytes_per_token, 4e9));
  rates.context_tokens = model.context_tokens;
  return rates;
}

double requests_per_s(const ServiceRates& rates, double prompt, double output) {
  // Half of an answer is there on average; the cache may hold fewer requests than there are slots.
  const double held = prompt + output / 2;
  const double batch = std::max(1.0, std::min<double>(rates.slots, rates.kv_tokens / held));
  const double decode_s = rates.step_s(batch, batch * held) * output / batch;
  return 1 / (decode_s + rates.prefill_s(prompt));
}

}  // namespace suan::bench
