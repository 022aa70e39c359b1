#include "bench/workload.h"

#include <algorithm>
#include <cmath>

#include "catalog/types/bytes.h"
#include "catalog/types/canonical_json.h"
#include "catalog/types/random.h"

namespace suan::bench {

namespace {

Random random_of(const Json& array) {
  const Digest digest = sha256(canonical_json(array));
  Random::State state{};
  for (size_t i = 0; i < digest.size(); ++i) {
    state[i / 8] |= uint64_t{digest[i]} << (8 * (i % 8));  // little-endian words
  }
  return Random(state);
}

int64_t gap_ns(const WorkloadSpec& workload, double rate_per_s, Random& random) {
  const double mean_ns = 1e9 / rate_per_s;
  const double factor = workload.arrivals == Arrivals::Poisson ? random.exponential() : 1.0;
  return std::llround(factor * mean_ns);
}

}  // namespace

Timeline make_timeline(const BenchSpec& spec,
                       const Cell& cell,
                       const Corpus& corpus,
                       const SeedScope& scope) {
  Timeline timeline{.model = spec.model,
                    .site = scope.site,
                    .ignore_eos = spec.workload.ignore_eos,
                    .is_one_at_a_time = cell.benchmark == "serve.single",
                    .timeout = std::chrono::seconds(spec.workload.timeout_s)};
  Random times = timeline_random(scope);
  Random content = content_random(scope);
  const LengthTable prompts = length_table(spec.workload.prompt_tokens);
  const LengthTable outputs = length_table(spec.workload.output_tokens);
  const uint32_t warmup = spec.protocol.warmup_requests;
  const uint32_t total = warmup + spec.requests_of(cell);
  int64_t start_ns = 0;
  for (uint32_t number = 0; number < total; ++number) {
    ScheduledRequest request{.number = number, .is_warmup = number < warmup};
    request.prompt_tokens = prompts[times.below(prompts.size())];
    request.output_tokens = outputs[times.below(outputs.size())];
    request.prompt = cut_prompt(corpus, request.prompt_tokens, content);
    if (request.is_warmup) {
      timeline.warmup.push_back(std::move(request));
      continue;
    }
    start_ns += gap_ns(spec.workload, cell.rate_per_s, times);
    request.start_ns = timeline.is_one_at_a_time ? 0 : start_ns;
    timeline.measured.push_back(std::move(request));
  }
  return timeline;
}

std::string timeline_bytes(const Timeline& timeline) {
  const auto rows = [](const std::vector<ScheduledRequest>& requests) {
    Json array = Json::array();
    for (const ScheduledRequest& request : requests) {
      array.push_back({request.number, request.start_ns, request.prompt_tokens,
                       request.output_tokens, to_hex(sha256(request.prompt))});
    }
    return array;
  };
  return canonical_json({{"model", timeline.model.value()},
                         {"site", timeline.site.value()},
                         {"ignore_eos", timeline.ignore_eos},
                         {"one_at_a_time", timeline.is_one_at_a_time},
                         {"timeout_us", timeline.timeout.count()},
                         {"warmup", rows(timeline.warmup)},
                         {"measured", rows(timeline.measured)}});
}

Random timeline_random(const SeedScope& scope) {
  return random_of(Json::array(
      {"suan-bench/timeline/1", scope.nonce, scope.spec_sha256, scope.cell, scope.execution}));
}

Random content_random(const SeedScope& scope) {
  return random_of(
      Json::array({"suan-bench/content/1", scope.nonce, scope.spec_sha256, scope.cell,
                   scope.execution, scope.site.value(), scope.node.value()}));
}

Random order_random(const std::string& nonce, const std::string& spec_sha256) {
  return random_of(Json::array({"suan-bench/order/1", nonce, spec_sha256}));
}

}  // namespace suan::bench
