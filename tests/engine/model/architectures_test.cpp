#include "engine/model/architectures.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/support/memory_model.h"

namespace suan::engine {
namespace {

std::string refusal_of(const std::shared_ptr<const ModelFile>& model,
                       const EngineConfig& config) {
  try {
    (void)make_engine(model, config);
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

TEST(Architectures, UnknownOnesAreRefusedWithTheKnownOnes) {
  HyperParameters hyper = small_llama();
  const auto model = make_random_model(hyper, 1);
  model->hyper().architecture = "mamba";

  EXPECT_EQ(refusal_of(model, {}),
            "architecture 'mamba' is not supported; these are: llama, qwen2, qwen3, qwen3moe, "
            "deepseek2, stories-moe");
}

TEST(Architectures, MissingAndMisshapenTensorsAreNamed) {
  const auto model = make_random_model(small_llama(), 1);
  model->hyper().layers = 3;
  EXPECT_EQ(refusal_of(model, {}), "the model has no tensor blk.2.attn_norm.weight");

  model->hyper().layers = 2;
  model->hyper().ff_dim = 47;
  EXPECT_EQ(refusal_of(model, {}),
            "tensor blk.0.ffn_gate.weight has shape [32, 48], expected [32, 47]");
}

TEST(Architectures, M4_RoutersThatCannotChooseAreRefused) {
  const auto model = make_random_model(small_deepseek2(), 1);
  model->hyper().experts_used = 5;  // two groups of two are kept

  EXPECT_EQ(refusal_of(model, {}),
            "the router cannot choose 5 of 8 experts from 2 of 4 groups");
}

TEST(Architectures, BackendsAndSizesThatCannotBeAreRefused) {
  const auto model = make_random_model(small_llama(), 1);

  EXPECT_EQ(refusal_of(model, {.backend = "abacus"}),
            "there is no engine backend 'abacus'; this machine has: cpu, reference");
  EXPECT_EQ(refusal_of(model, {.slots = 0}), "engine slots is 0, allowed are 1 to 4096");
  EXPECT_NE(refusal_of(model, {.kv_tokens = 2'000'000'000}).find("KV cache"),
            std::string::npos);
}

}  // namespace
}  // namespace suan::engine
