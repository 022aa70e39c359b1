#pragma once

#include <cstdint>

#include "bench/scenario/devices_file.h"
#include "catalog/types/result.h"

namespace suan::bench {

/// What of a model its speed depends on.
struct ServedModel {
  double parameters = 0;         // all
  double parameters_active = 0;  // for one token
  double bytes_per_weight = 2;
  double kv_bytes_per_token = 0;  // of all layers
  uint32_t experts = 0;           // routed, of a layer; 0: dense
  uint32_t experts_per_token = 0;
  uint32_t context_tokens = 0;

  [[nodiscard]] double weight_bytes() const { return parameters * bytes_per_weight; }
};

/// How fast a node serves one model, as the few numbers of `scheduler.md`, section 6.1.
///
/// A decode step of B requests with c tokens in their contexts takes
/// `base + dense + experts (1 - (1 - k/E)^B) + per_request B + per_context_token c`;
/// a prompt of n tokens `prefill_base + n / prefill_tokens_per_s`.
/// Units:    seconds
struct ServiceRates {
  double step_base_s = 0;     // launching kernels, devices waiting for each other
  double step_dense_s = 0;    // reading the weights that every token needs
  double step_experts_s = 0;  // reading all routed experts
  double expert_share = 0;    // k/E
  double step_per_request_s = 0;
  double step_per_context_token_s = 0;
  double prefill_base_s = 0;
  double prefill_tokens_per_s = 0;
  uint32_t slots = 0;
  uint32_t kv_tokens = 0;
  uint32_t context_tokens = 0;

  [[nodiscard]] double step_s(double batch, double context_tokens_in_all) const;
  [[nodiscard]] double prefill_s(double tokens) const;
};

/// The roofline of a node of `devices` equal devices with `slots` requests at most: weights and
/// caches are read at the devices' bandwidth, multiplications take their time on top.
///
/// Of a mixture of experts, total = dense + E e and active = dense + k e give the dense part.
/// Errors:   BadRequest  the profile lacks a figure, or the model does not fit: both named
/// Source:   `scheduler.md`, section 6.1; Williams et al., "Roofline" (CACM 2009)
[[nodiscard]] Result<ServiceRates> service_rates(const ServedModel& model,
                                                 const DeviceProfile& device,
                                                 uint32_t devices,
                                                 uint32_t slots);

/// Requests per second that such a node serves without end, all of this size:
/// r = B (1 - rho) / (step(B) m), rho = r prefill(n), with n of the prompt and m of the output.
[[nodiscard]] double requests_per_s(const ServiceRates& rates, double prompt, double output);

}  // namespace suan::bench
