#include <chrono>

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "tests/e2e/process.h"
#include "tests/support/deepseek_v3_files.h"
#include "tests/support/temporary_folder.h"

namespace suan::testing {
namespace {

struct Answer {
  std::string text;
  double seconds = 0;
};

Answer inspect(const std::filesystem::path& model,
               const TemporaryFolder& folder,
               std::vector<std::string> options = {}) {
  std::vector<std::string> arguments = {SUAN_BINARY, "model", "inspect", model.string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto start = std::chrono::steady_clock::now();
  Process process(arguments, folder.path() / "answer.txt");
  const int status = process.wait_for_end(std::chrono::seconds(30));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (status != 0) throw std::runtime_error(process.output());
  return {.text = process.output(), .seconds = took.count()};
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

  const Answer answer = inspect(write_deepseek_v3_gguf(folder.path()), folder, {"--json"});

  const Json json = parse_json(answer.text).value();
  const Json& memory = json["memory"];
  EXPECT_EQ(json["parameters"], 671'026'419'200);
  EXPECT_EQ(json["quantization"], "q4_k");
  EXPECT_EQ(memory["kv_bytes_per_token"], 140'544);
  ASSERT_EQ(memory["contexts"].size(), 4U);  // 4k, 32k, 128k and the model's own
  EXPECT_EQ(memory["contexts"][0]["kv_bytes"], 140'544 * 4096);
  EXPECT_EQ(memory["contexts"][2]["kv_bytes"], 140'544ULL * 131'072);
  EXPECT_EQ(memory["contexts"][3]["context_tokens"], 163'840);
  EXPECT_GT(memory["weight_bytes_by_type"]["q4_k"].get<uint64_t>(), 370'000'000'000);
  EXPECT_FALSE(json.contains("digest"));  // it would read everything
  if (kIsOptimised) {
    EXPECT_LT(answer.seconds, 2);
  }
}

TEST(ModelInspect, CountsTheFp8CheckpointsOfDeepSeekV3) {
  const TemporaryFolder folder;

  const Answer answer = inspect(write_deepseek_v3_folder(folder.path()), folder);

  EXPECT_NE(answer.text.find("weights: 6"), std::string::npos);  // more than 600 GiB
  EXPECT_NE(answer.text.find("f8_e4m3 6"), std::string::npos);
  EXPECT_NE(answer.text.find("blk.61.ffn_down_exps.255.weight_scale_inv"), std::string::npos);
}

}  // namespace
}  // namespace suan::testing
