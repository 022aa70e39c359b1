#include "node_agent/hardware/self_measure.h"

#include <chrono>

#include <gtest/gtest.h>

namespace suan::node_agent {
namespace {

TEST(SelfMeasure, GivesBelievableRatesInItsTime) {
  SelfMeasureConfig config;
  config.threads = 2;
  config.memory_bytes = 64U << 20U;
  config.memory_time = 50ms;
  config.matrix_time = 50ms;
  const auto start = std::chrono::steady_clock::now();

  const SelfMeasurement measured = self_measure(config);

  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  // Wide enough for sanitizers on a busy machine, narrow enough for a wrong unit.
  EXPECT_GT(measured.memory_read_gb_s, 0.05);
  EXPECT_LT(measured.memory_read_gb_s, 2'000);
  EXPECT_GT(measured.matrix_gflop_s, 0.01);
  EXPECT_LT(measured.matrix_gflop_s, 10'000);
}

}  // namespace
}  // namespace suan::node_agent
