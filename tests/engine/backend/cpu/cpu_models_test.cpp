#include <algorithm>

#include "engine/engine.h"
#include "engine/weights/tiny_model.h"
#include "tests/engine/backend/cpu/cpu_probe.h"
#include "tests/engine/model/golden_stories.h"
#include "tests/support/temporary_folder.h"

// Whole models on every instruction set.
namespace suan::engine {
namespace {

using testing::TemporaryFolder;

class CpuModels : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Engine> engine_of(std::shared_ptr<const ModelFile> model) const {
    return make_engine(std::move(model), {.slots = 2,
                                          .kv_tokens = 1024,
                                          .prefill_chunk = 40,
                                          .backend = "cpu",
                                          .isa = GetParam()});
  }
};

TEST_P(CpuModels, StoriesMoeContinuesEveryPromptAsRecorded) {
  expect_recorded_stories_moe(*engine_of(stories_moe()));
}

TEST_P(CpuModels, Stories260KTellsTheStoriesThatLlama2cTells) {
  const auto model = stories260k();

  expect_recorded_stories260k(*model, *engine_of(model));
}

/// Of the last position: the best token, and by how much it leads.
struct Lead {
  int32_t token = 0;
  float margin = 0;
};

Lead lead_of(std::span<const float> logits) {
  const auto best = std::max_element(logits.begin(), logits.end());
  float second = -1e30F;
  for (const float& logit : logits) {
    if (&logit != &*best) second = std::max(second, logit);
  }
  return {static_cast<int32_t>(best - logits.begin()), *best - second};
}

// Activations rounded to int8 move logits, and now and then send a token to another expert; where
// the reference leads by more than that moves, both choose alike.
TEST_P(CpuModels, QuantisedTinyModelsChooseAsTheReferenceUpToMargins) {
  const TemporaryFolder folder;
  for (const char* architecture : {"deepseek2", "qwen2"}) {
    for (const TensorType type : {TensorType::Q8_0, TensorType::Q4_K}) {
      const auto path = folder.path() / (std::string(architecture) + name_of(type) + ".gguf");
      const auto model = open_model(
          write_tiny_gguf({.architecture = architecture, .dim = 256, .type = type}, path), {});
      const auto reference = make_engine(
          model, {.slots = 2, .kv_tokens = 1024, .prefill_chunk = 40, .backend = "reference"});
      const auto cpu = engine_of(model);
      std::vector<int32_t> tokens;
      for (int32_t i = 0; i < 90; ++i)
        tokens.push_back(1 + i * i % 250);

      const std::vector<float> wanted = reference->logits(tokens);
      const std::vector<float> found = cpu->logits(tokens);

      const size_t vocabulary = wanted.size() / tokens.size();
      const auto [lowest, highest] = std::minmax_element(wanted.begin(), wanted.end());
      const float tolerance = 0.1F * (*highest - *lowest);
      size_t compared = 0;
      for (size_t i = 0; i < tokens.size(); ++i) {
        const std::span<const float> row =
            std::span(wanted).subspan(i * vocabulary, vocabulary);
        const Lead lead = lead_of(row);
        if (lead.margin < tolerance) continue;
        ++compared;
        EXPECT_EQ(lead_of(std::span(found).subspan(i * vocabulary, vocabulary)).token,
                  lead.token)
            << architecture << " " << name_of(type) << " position " << i;
      }
      EXPECT_GE(compared, 2U) << architecture << " " << name_of(type);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllIsas, CpuModels, all_isas(), name_of_isa);

}  // namespace
}  // namespace suan::engine
