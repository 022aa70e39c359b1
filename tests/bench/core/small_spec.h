#pragma once

#include <string>

#include "bench/spec.h"

namespace suan::bench {

/// A valid specification; tests replace `marker` texts in it to spoil one thing.
inline std::string small_spec_text() {
  return R"({
  "format": "suan.bench/1",
  "name": "small",
  "benchmarks": ["serve.goodput"],
  "model": {"id": "stories-moe"},
  "workload": {
    "prompt_tokens": {"dist": "lognormal", "p50": 24, "p95": 48, "min": 8, "max": 64},
    "output_tokens": {"dist": "fixed", "value": 5}
  },
  "sweep": {"rate_per_s": [4]},
  "protocol": {"executions": 6, "warmup": 2, "point_seconds": 1},
  "budget": {"seconds": 600, "node_seconds": 600}
})";
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

inline BenchSpec small_spec() {
  return *read_spec(small_spec_text());
}

}  // namespace suan::bench
