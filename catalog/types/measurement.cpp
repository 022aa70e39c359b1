#include "catalog/types/measurement.h"

#include "catalog/types/names.h"

namespace suan {

namespace {

constexpr auto kMetrics = name_table<Metric>("decode_tokens_per_s",
                                             "prefill_tokens_per_s",
                                             "ttft_ms",
                                             "tpot_ms",
                                             "rtt_ms",
                                             "memory_read_gb_s",
                                             "matrix_gflop_s");
constexpr auto kEvidence = name_table<Evidence>("claim", "micro", "production", "serving");

}  // namespace

double log_sd_of(Evidence evidence) {
  switch (evidence) {
    case Evidence::Claim:
      return 0.7;
    case Evidence::Micro:
      return 0.35;
    case Evidence::Production:
      return 0.15;
    case Evidence::Serving:
      return 0.10;
  }
  return 0.7;
}

std::string_view to_string(Metric metric) {
  return kMetrics.name_of(metric);
}

std::optional<Metric> metric_of(std::string_view name) {
  return kMetrics.value_of(name);
}

std::string_view to_string(Evidence evidence) {
  return kEvidence.name_of(evidence);
}

std::optional<Evidence> evidence_of(std::string_view name) {
  return kEvidence.value_of(name);
}

}  // namespace suan
