#include "node_agent/hardware/processors.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "node_agent/hardware/gpus.h"

namespace suan::node_agent {
namespace {

TEST(Processors, TellsWhatThisMachineIs) {
  const Hardware hardware = discover_hardware(1);

  EXPECT_FALSE(hardware.hostname.empty());
  EXPECT_GE(hardware.cores, 1U);
  EXPECT_GE(hardware.numa_nodes, 1U);
  EXPECT_GT(hardware.memory_bytes, 64U << 20U);
  EXPECT_EQ(hardware.threads_used, 1U);
}

TEST(Processors, UsableCoresAreAtMostThoseThereAre) {
  EXPECT_GE(usable_cores(), 1U);
  EXPECT_LE(usable_cores(), std::max(std::thread::hardware_concurrency(), 1U));
}

TEST(Processors, WarnsOfMoreThreadsThanCores) {
  EXPECT_FALSE(discover_hardware(usable_cores() + 1).warnings.empty());
}

#if defined(__x86_64__)
TEST(Processors, AgreesWithTheCompilersOwnLookAtTheProcessor) {
  const auto isa = instruction_sets();
  const auto has = [&](const char* name) { return std::ranges::count(isa, name) > 0; };
  EXPECT_EQ(has("avx2"), __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(has("fma"), __builtin_cpu_supports("fma") != 0);
  EXPECT_EQ(has("avx512f"), __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ(has("avx512-vnni"), __builtin_cpu_supports("avx512vnni") != 0);
}
#endif

TEST(Gpus, EachHasANameAndMemory) {
  for (const GpuDevice& gpu : discover_gpus()) {
    EXPECT_FALSE(gpu.name.empty());
    EXPECT_GT(gpu.memory_bytes, 0U);
  }
}

}  // namespace
}  // namespace suan::node_agent
