#include "engine/model/mtp.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/backend/registry.h"
#include "engine/model/architectures.h"
#include "tests/support/memory_model.h"

// What the head computes is compared with an independent computation in tests/oracle.
namespace suan::engine {
namespace {

constexpr size_t kTokens = 90;  // two pages
constexpr size_t kVocabulary = 64;

HyperParameters with_prediction() {
  HyperParameters hyper = small_deepseek2();
  hyper.mtp_layers = 1;
  return hyper;
}

std::vector<int32_t> some_tokens() {
  std::vector<int32_t> tokens;
  for (size_t i = 0; i < kTokens; ++i)
    tokens.push_back(static_cast<int32_t>(i * i % 61));
  return tokens;
}

std::vector<uint32_t> first_rows(size_t count) {
  std::vector<uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

/// A decoder and its head, and one sequence.
class Speculation {
 public:
  explicit Speculation(const MemoryModel& model)
      : backend_(make_backend("reference", 1)),
        loader_(model, *backend_),
        decoder_(loader_, make_layers(loader_), {kTokens, kTokens, kTokens}),
        head_(loader_, decoder_),
        cache_(*backend_, cache_shape(model.manifest().hyper), 3),
        lease_(cache_.pages().lease(kTokens)) {}

  /// Feeds tokens[first..] as prompt or decoded rows; returns the head's logits of all of them
  /// but, at the text's end, the last.
  std::vector<float> feed(std::span<const int32_t> tokens,
                          size_t first,
                          size_t count,
                          bool is_prompt) {
    add(tokens, first, count, is_prompt);
    (void)decoder_.forward(batch_, cache_);
    const size_t known = std::min(count, tokens.size() - 1 - first);
    if (known == 0) return {};
    const Tensor states = decoder_.hidden();
    add(tokens.subspan(1), first, known, is_prompt);
    (void)head_.forward(batch_, states, first_rows(known), cache_);
    const auto logits = head_.outputs(first_rows(known));
    return {logits.begin(), logits.end()};
  }

  Decoder& decoder() { return decoder_; }

  Mtp& head() { return head_; }

  /// One more guess, from the guess that the head made last.
  std::vector<float> chain(int32_t guessed, size_t position, uint32_t state_row) {
    batch_.clear();
    batch_.add_decode(guessed, position, lease_);
    batch_.want_output();
    const auto logits =
        head_.forward(batch_, head_.hidden(), std::vector<uint32_t>{state_row}, cache_);
    return {logits.begin(), logits.end()};
  }

 private:
  void add(std::span<const int32_t> tokens, size_t first, size_t count, bool is_prompt) {
    batch_.clear();
    if (is_prompt) {
      batch_.add_prompt(tokens.data() + first, count, first, lease_);
    } else {
      batch_.add_decodes(tokens.data() + first, count, first, lease_);
    }
  }

  std::unique_ptr<Backend> backend_;
  WeightLoader loader_;
  Decoder decoder_;
  Mtp head_;
  KvCache cache_;
  PageLease lease_;
  Batch batch_;
};

/// The head's logits when a text is fed in pieces: prompts first, then decoded rows.
std::vector<float> guesses(const MemoryModel& model, size_t prompt, size_t chunk, size_t step) {
  Speculation one(model);
  const auto tokens = some_tokens();
  std::vector<float> all;
  for (size_t first = 0; first < kTokens;) {
    const bool is_prompt = first < prompt;
    const size_t count =
        is_prompt ? std::min(chunk, prompt - first) : std::min(step, kTokens - first);
    const auto logits = one.feed(tokens, first, count, is_prompt);
    all.insert(all.end(), logits.begin(), logits.end());
    first += count;
  }
  return all;
}

TEST(Mtp, GuessesTheSameBitsHoweverTheTextIsCut) {
  const auto model = make_random_model(with_prediction(), 41);

  const auto whole = guesses(*model, 60, 60, 1);

  EXPECT_EQ(whole.size(), (kTokens - 1) * kVocabulary);
  EXPECT_EQ(guesses(*model, 60, 7, 1), whole);
  EXPECT_EQ(guesses(*model, 60, 1, 4), whole);
}

TEST(Mtp, GuessesFurtherFromItsOwnGuess) {
  const auto model = make_random_model(with_prediction(), 42);
  Speculation one(*model);
  const auto tokens = some_tokens();
  const auto first = one.feed(std::span(tokens).first(41), 0, 41, true);
  const auto last = std::span(first).last(kVocabulary);
  const auto guessed =
      static_cast<int32_t>(std::max_element(last.begin(), last.end()) - last.begin());

  const auto second = one.chain(guessed, 40, 39);

  EXPECT_EQ(second.size(), kVocabulary);
  EXPECT_NE(second, std::vector<float>(last.begin(), last.end()));
  EXPECT_EQ(one.head().hidden().rows, 1U);
}

TEST(Mtp, UsesTheFilesOwnEmbeddingAndOutputWhereItHasThem) {
  const auto model = make_random_model(with_prediction(), 43);
  const auto same = copy_of(*model);
  const auto other = copy_of(*model);
  const std::vector<uint64_t> shape{32, kVocabulary};
  same->add("blk.3.nextn.embed_tokens.weight", shape, model->values("token_embd.weight"));
  same->add("blk.3.nextn.shared_head_head.weight", shape, model->values("output.weight"));
  other->add("blk.3.nextn.embed_tokens.weight", shape, random_floats(1, 32 * kVocabulary));

  const auto expected = guesses(*model, 60, 60, 1);

  EXPECT_EQ(guesses(*same, 60, 60, 1), expected);
  EXPECT_NE(guesses(*other, 60, 60, 1), expected);
}

TEST(Mtp, AMissingTensorIsNamed) {
  HyperParameters hyper = small_deepseek2();
  const auto model = make_random_model(hyper, 44);
  model->hyper().mtp_layers = 1;

  try {
    const Speculation one(*model);
    FAIL() << "accepted";
  } catch (const ModelError& error) {
    EXPECT_STREQ(error.what(), "the model has no tensor blk.3.attn_norm.weight");
  }
}

class EveryModel : public testing::TestWithParam<HyperParameters> {};

// What makes a verified draft safe: a row beside others is the row alone.
TEST_P(EveryModel, DecodesSeveralTokensAtOnceWithTheBitsOfOneByOne) {
  const auto model = make_random_model(GetParam(), 45);
  const auto tokens = some_tokens();
  const auto run = [&](size_t step) {
    const auto backend = make_backend("reference", 1);
    const WeightLoader loader(*model, *backend);
    Decoder decoder(loader, make_layers(loader), {kTokens, kTokens, kTokens});
    KvCache cache(*backend, cache_shape(model->manifest().hyper), 2);
    const PageLease lease = cache.pages().lease(kTokens);
    Batch batch;
    std::vector<float> all;
    batch.add_prompt(tokens.data(), 30, 0, lease);
    (void)decoder.forward(batch, cache);
    for (size_t position = 30; position < kTokens; position += step) {
      batch.clear();
      batch.add_decodes(tokens.data() + position, step, position, lease);
      EXPECT_EQ(batch.want_output(step), 0U);
      const auto logits = decoder.forward(batch, cache);
      all.insert(all.end(), logits.begin(), logits.end());
    }
    return all;
  };

  EXPECT_EQ(run(5), run(1));
}

INSTANTIATE_TEST_SUITE_P(Small,
                         EveryModel,
                         testing::ValuesIn(small_models()),
                         [](const auto& tested) { return name_of_model(tested.param); });

}  // namespace
}  // namespace suan::engine
