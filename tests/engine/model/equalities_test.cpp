#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/support/memory_model.h"

// Models that must say the same, written down differently.
namespace suan::engine {
namespace {

const std::vector<int32_t> kTokens{1, 5, 9, 2, 60, 33, 33, 7, 0, 63, 12, 12};

std::vector<float> logits_of(const std::shared_ptr<const ModelFile>& model) {
  return make_engine(model, {.slots = 2, .prefill_chunk = 5})->logits(kTokens);
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], tolerance) << "logit " << i;
}

/// A dense model, and what its twin with experts is called.
struct Twins {
  HyperParameters dense;
  const char* architecture;
  RouterScore score;
};

/// Each kind of attention, and each way of scoring.
std::vector<Twins> twins() {
  HyperParameters latent = small_deepseek2();
  latent.experts = 0;
  latent.groups = 1;
  latent.groups_kept = 1;
  HyperParameters softmax = latent;
  softmax.q_lora = 0;
  return {{small_llama(), "stories-moe", RouterScore::Sigmoid},
          {small_qwen3(), "qwen3moe", RouterScore::Softmax},
          {latent, "deepseek2", RouterScore::Sigmoid},
          {softmax, "deepseek2", RouterScore::Softmax}};
}

/// The twin, still without its experts.
std::shared_ptr<MemoryModel> without_ffn(const MemoryModel& dense,
                                         const Twins& pair,
                                         uint32_t experts,
                                         uint32_t used,
                                         uint32_t width) {
  auto twin = copy_of(dense);
  HyperParameters& hyper = twin->hyper();
  hyper.architecture = pair.architecture;
  hyper.dense_layers = 0;
  hyper.experts = experts;
  hyper.experts_used = used;
  hyper.experts_shared = 0;
  hyper.expert_ff_dim = width;
  hyper.router_score = pair.score;
  hyper.router_normalises = true;
  hyper.router_scale = 1;
  return twin;
}

std::vector<float> repeated(std::span<const float> values, size_t times) {
  std::vector<float> all;
  for (size_t i = 0; i < times; ++i)
    all.insert(all.end(), values.begin(), values.end());
  return all;
}

/// A matrix cut upright into `parts` of equal width, one after the other.
std::vector<float> cut_columns(std::span<const float> matrix, size_t rows, size_t parts) {
  const size_t columns = matrix.size() / rows;
  const size_t width = columns / parts;
  std::vector<float> cut;
  for (size_t part = 0; part < parts; ++part) {
    for (size_t row = 0; row < rows; ++row) {
      const auto piece = matrix.subspan(row * columns + part * width, width);
      cut.insert(cut.end(), piece.begin(), piece.end());
    }
  }
  return cut;
}

TEST(Equalities, CopiesOfADenseFfnAsExpertsEqualTheDenseModel) {
  for (const Twins& pair : twins()) {
    const auto dense = make_random_model(pair.dense, 11);
    const uint64_t dim = dense->hyper().dim;
    const uint64_t ff = dense->hyper().ff_dim;
    const auto twin = without_ffn(*dense, pair, 6, 3, static_cast<uint32_t>(ff));
    for (uint32_t layer = 0; layer < pair.dense.layers; ++layer) {
      const std::string at = fmt::format("blk.{}.", layer);
      twin->add(at + "ffn_gate_inp.weight", {dim, 6}, random_floats(layer, 6 * dim));
      if (pair.score == RouterScore::Sigmoid)
        twin->add(at + "exp_probs_b.bias", {6}, random_floats(layer + 9, 6, 0.3F));
      for (const std::string part : {"ffn_gate", "ffn_up", "ffn_down"}) {
        const bool is_down = part == "ffn_down";
        twin->add(at + part + "_exps.weight", {is_down ? ff : dim, is_down ? dim : ff, 6},
                  repeated(dense->values(at + part + ".weight"), 6));
      }
    }

    expect_near(logits_of(twin), logits_of(dense), 5e-5F);
  }
}

TEST(Equalities, AnFfnOf172CutIntoFourExpertsOf43EqualsTheDenseModel) {
  for (Twins pair : twins()) {
    pair.dense.ff_dim = 172;
    const auto dense = make_random_model(pair.dense, 12);
    const auto twin = without_ffn(*dense, pair, 4, 4, 43);
    twin->hyper().router_scale = 4;  // four equal scores, divided by their sum, times four: one
    const uint64_t dim = pair.dense.dim;
    for (uint32_t layer = 0; layer < pair.dense.layers; ++layer) {
      const std::string at = fmt::format("blk.{}.", layer);
      twin->add(at + "ffn_gate_inp.weight", {dim, 4}, std::vector<float>(4 * dim, 0.0F));
      // Rows of gate and up are cut as they lie; of down, columns.
      for (const std::string part : {"ffn_gate", "ffn_up"}) {
        const auto rows = dense->values(at + part + ".weight");
        twin->add(at + part + "_exps.weight", {dim, 43, 4}, rows);
      }
      twin->add(at + "ffn_down_exps.weight", {43, dim, 4},
                cut_columns(dense->values(at + "ffn_down.weight"), dim, 4));
    }

    expect_near(logits_of(twin), logits_of(dense), 5e-5F);
  }
}

TEST(Equalities, ExpertsStackedOrOneByOneAreTheSame) {
  const auto stacked = make_random_model(small_stories_moe(), 13);
  const HyperParameters& hyper = stacked->hyper();
  auto apart = std::make_shared<MemoryModel>(hyper);
  for (const TensorEntry& entry : stacked->manifest().tensors) {
    const auto values = stacked->values(entry.name);
    if (entry.shape.size() < 3) {
      apart->add(entry.name, entry.shape, values);
      continue;
    }
    const std::string stem =
        entry.name.substr(0, entry.name.size() - std::string(".weight").size());
    const size_t size = entry.shape[0] * entry.shape[1];
    for (size_t expert = 0; expert < hyper.experts; ++expert) {
      apart->add(fmt::format("{}.{}.weight", stem, expert), {entry.shape[0], entry.shape[1]},
                 values.subspan(expert * size, size));
    }
  }

  EXPECT_EQ(logits_of(apart), logits_of(stacked));
}

TEST(Equalities, GateAndUpOfExpertsInOneTensorOrTwoAreTheSame) {
  const auto apart = make_random_model(small_deepseek2(), 16);
  const HyperParameters& hyper = apart->hyper();
  const size_t size = size_t{hyper.dim} * hyper.expert_ff_dim;
  auto fused = std::make_shared<MemoryModel>(hyper);
  for (const TensorEntry& entry : apart->manifest().tensors) {
    if (entry.name.ends_with("ffn_up_exps.weight")) continue;
    if (!entry.name.ends_with("ffn_gate_exps.weight")) {
      fused->add(entry.name, entry.shape, apart->values(entry.name));
      continue;
    }
    const std::string layer = entry.name.substr(0, entry.name.find("ffn_"));
    const auto gate = apart->values(entry.name);
    const auto up = apart->values(layer + "ffn_up_exps.weight");
    std::vector<float> both;
    for (size_t expert = 0; expert < hyper.experts; ++expert) {
      for (const auto& part : {gate, up}) {
        const auto matrix = part.subspan(expert * size, size);
        both.insert(both.end(), matrix.begin(), matrix.end());
      }
    }
    fused->add(layer + "ffn_gate_up_exps.weight",
               {hyper.dim, uint64_t{2} * hyper.expert_ff_dim, hyper.experts}, both);
  }

  EXPECT_EQ(logits_of(fused), logits_of(apart));
}

TEST(Equalities, ATiedOutputIsTheEmbedding) {
  const auto tied = make_random_model(small_llama(), 14);
  const auto embedding = tied->values("token_embd.weight");
  tied->add("output.weight", {32, 64}, std::vector<float>(embedding.begin(), embedding.end()));
  auto without = std::make_shared<MemoryModel>(tied->hyper());
  for (const TensorEntry& entry : tied->manifest().tensors) {
    if (entry.name != "output.weight")
      without->add(entry.name, entry.shape, tied->values(entry.name));
  }

  EXPECT_EQ(logits_of(without), logits_of(tied));
}

TEST(Equalities, PromptsInAnyChunksAndAnyThreadsGiveTheSameLogitsBitForBit) {
  for (const HyperParameters& hyper : small_models()) {
    const auto model = make_random_model(hyper, 15);
    const auto whole = make_engine(model, {.slots = 1, .prefill_chunk = 64})->logits(kTokens);
    for (const uint32_t chunk : {1U, 3U, 7U}) {
      const EngineConfig config{.slots = 3, .prefill_chunk = chunk, .threads = chunk};
      EXPECT_EQ(make_engine(model, config)->logits(kTokens), whole)
          << hyper.architecture << chunk;
    }
  }
}

}  // namespace
}  // namespace suan::engine
