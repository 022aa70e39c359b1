#include <chrono>

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "tests/e2e/process.h"
#include "tests/support/deepseek_v3_files.h"
#include "tests/support/temporary_folder.h"

namespace suan::testing {
namespace {

struct Answer {
  Json json;
  double seconds = 0;
};

Answer inspect(const std::filesystem::path& model, const TemporaryFolder& folder) {
  const auto start = std::chrono::steady_clock::now();
  Process process({SUAN_BINARY, "model", "inspect", model.string(), "--json"},
                  folder.path() / "answer.json");
  if (process.wait_for_end(std::chrono::seconds(30)) != 0) {
    throw std::runtime_error(process.output());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return {.json = parse_json(process.output()).value(), .seconds = took.count()};
}

/// Sanitizers and unoptimised code have other speeds.
constexpr bool kIsOptimised =
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

// 61 layers of 512 + 64 float32 numbers: 140,544 bytes a token.
TEST(ModelInspect, SaysInTwoSecondsWhatDeepSeekV3Needs) {
  const TemporaryFolder folder;

  const Answer answer = inspect(write_deepseek_v3_gguf(folder.path()), folder);

  const Json& memory = answer.json["memory"];
  EXPECT_EQ(answer.json["parameters"], 671'026'419'200);
  EXPECT_EQ(answer.json["quantization"], "q4_k");
  EXPECT_EQ(memory["kv_bytes_per_token"], 140'544);
  ASSERT_EQ(memory["contexts"].size(), 4U);  // 4k, 32k, 128k and the model's own
  EXPECT_EQ(memory["contexts"][0]["kv_bytes"], 140'544 * 4096);
  EXPECT_EQ(memory["contexts"][2]["kv_bytes"], 140'544ULL * 131'072);
  EXPECT_EQ(memory["contexts"][3]["context_tokens"], 163'840);
  EXPECT_GT(memory["weight_bytes_by_type"]["q4_k"].get<uint64_t>(), 370'000'000'000);
  EXPECT_FALSE(answer.json.contains("digest"));  // it would read everything
  if (kIsOptimised) {
    EXPECT_LT(answer.seconds, 2);
  }
}

TEST(ModelInspect, CountsTheFp8CheckpointsOfDeepSeekV3) {
  const TemporaryFolder folder;

  const Answer answer = inspect(write_deepseek_v3_folder(folder.path()), folder);

  EXPECT_EQ(answer.json["quantization"], "f8_e4m3");
  EXPECT_GT(answer.json["parameters"].get<uint64_t>(), 680'000'000'000);  // with the MTP block
  EXPECT_EQ(answer.json["hyper_parameters"]["mtp_layers"], 1);
  if (kIsOptimised) {
    EXPECT_LT(answer.seconds, 4);
  }
}

}  // namespace
}  // namespace suan::testing
