#include "engine/model/mla.h"

#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/backend/registry.h"
#include "engine/model/architectures.h"
#include "engine/model/decoder.h"
#include "tests/support/memory_model.h"

namespace suan::engine {
namespace {

constexpr size_t kTokens = 150;  // three pages

/// Logits after each token of a fixed text: the first `prompt` tokens at once, then one by one.
std::vector<float> run(const MemoryModel& model, MlaForm form, size_t prompt) {
  const auto backend = make_backend("reference", 1);
  const WeightLoader loader(model, *backend);
  Decoder decoder(loader, deepseek2_layers(loader, form), {kTokens, kTokens, kTokens});
  KvCache cache(*backend, cache_shape(model.manifest().hyper), 5);
  const PageLease other = cache.pages().lease(1);
  const PageLease lease = cache.pages().lease(kTokens);

  std::vector<int32_t> tokens;
  for (size_t i = 0; i < kTokens; ++i)
    tokens.push_back(static_cast<int32_t>(i * i % 61));
  Batch batch;
  std::vector<float> all;
  const auto forward = [&](size_t rows) {
    (void)decoder.forward(batch, cache);
    std::vector<uint32_t> wanted;
    for (size_t row = 0; row < rows; ++row)
      wanted.push_back(static_cast<uint32_t>(row));
    const auto logits = decoder.outputs(wanted);
    all.insert(all.end(), logits.begin(), logits.end());
    batch.clear();
  };
  batch.add_prompt(tokens.data(), prompt, 0, lease);
  forward(prompt);
  for (size_t position = prompt; position < kTokens; ++position) {
    batch.add_decode(tokens[position], position, lease);
    forward(1);
  }
  return all;
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b) {
  // Logits of size about 3 after three layers in float32, added up in another order.
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], 1e-4) << "logit " << i;
}

TEST(Mla, AbsorbedAndExpandedFormsAgree) {
  for (const uint32_t q_lora : {0U, 24U}) {
    HyperParameters hyper = small_deepseek2();
    hyper.q_lora = q_lora;
    const auto model = make_random_model(hyper, 21);

    const auto expanded = run(*model, MlaForm::Expanded, kTokens);

    expect_near(run(*model, MlaForm::Absorbed, kTokens), expanded);
    expect_near(run(*model, MlaForm::ByRows, 100), expanded);
  }
}

/// The first `rows` rows of a matrix, column after column.
std::vector<float> transposed(std::span<const float> matrix, size_t rows, size_t columns) {
  std::vector<float> turned;
  for (size_t column = 0; column < columns; ++column) {
    for (size_t row = 0; row < rows; ++row)
      turned.push_back(matrix[row * columns + column]);
  }
  return turned;
}

/// The same weights as GGUF files keep them: keys transposed, keys and values apart.
std::shared_ptr<MemoryModel> in_gguf_layout(MemoryModel& model) {
  const HyperParameters& hyper = model.hyper();
  const size_t height = hyper.nope_dim + hyper.value_dim;
  auto turned = std::make_shared<MemoryModel>(hyper);
  for (const TensorEntry& entry : model.manifest().tensors) {
    const auto values = model.values(entry.name);
    const size_t at = entry.name.find("attn_kv_b");
    if (at == std::string::npos) {
      turned->add(entry.name, entry.shape, values);
      continue;
    }
    std::vector<float> keys;
    std::vector<float> heads_values;
    for (size_t head = 0; head < hyper.heads; ++head) {
      const auto block = values.subspan(head * height * hyper.kv_lora, height * hyper.kv_lora);
      const auto heads_keys = transposed(block, hyper.nope_dim, hyper.kv_lora);
      keys.insert(keys.end(), heads_keys.begin(), heads_keys.end());
      const auto rest = block.subspan(size_t{hyper.nope_dim} * hyper.kv_lora);
      heads_values.insert(heads_values.end(), rest.begin(), rest.end());
    }
    const std::string layer = entry.name.substr(0, at);
    turned->add(layer + "attn_k_b.weight", {hyper.nope_dim, hyper.kv_lora, hyper.heads}, keys);
    turned->add(layer + "attn_v_b.weight", {hyper.kv_lora, hyper.value_dim, hyper.heads},
                heads_values);
  }
  return turned;
}

TEST(Mla, BothLayoutsOfTheUpProjectionAgree) {
  const auto model = make_random_model(small_deepseek2(), 22);
  const auto turned = in_gguf_layout(*model);

  const auto expected = run(*model, MlaForm::ByRows, 40);

  expect_near(run(*turned, MlaForm::ByRows, 40), expected);
}

TEST(Mla, CacheHoldsLatentAndRopedKeyOnly) {
  const CacheShape shape = cache_shape(small_deepseek2());

  EXPECT_EQ(shape.key_width, 16U + 4U);
  EXPECT_EQ(shape.value_width, 0U);
  EXPECT_EQ(shape.token_bytes(), 3U * 20U * 4U);
}

}  // namespace
}  // namespace suan::engine
