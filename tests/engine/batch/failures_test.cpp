// A request that fails ends alone.

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/grammar/grammar.h"
#include "engine/grammar/token_table.h"
#include "tests/engine/batch/runs.h"

namespace suan::engine {
namespace {

/// A vocabulary of 64: token n is the character n + 48 ('0' is token 0), but 63 ends texts.
std::shared_ptr<const TokenTable> characters() {
  std::vector<TokenText> tokens(64);
  for (size_t i = 0; i < 63; ++i)
    tokens[i].bytes = std::string(1, static_cast<char>('0' + i));
  tokens[63] = {.bytes = "<end>", .is_control = true, .is_end = true};
  return std::make_shared<const TokenTable>(std::move(tokens));
}

std::shared_ptr<const Grammar> grammar_of(const std::string& text) {
  return compile_grammar({.kind = GrammarSource::Kind::Gbnf, .text = text}, characters())
      .value();
}

std::string text_of(const Output& output) {
  std::string text;
  for (const int32_t token : output.tokens)
    text += static_cast<char>('0' + token);
  return text;
}

Generation constrained(uint64_t id, const std::string& grammar) {
  Generation generation = greedy(id, prompt_of(id, 20), 40);
  generation.grammar = grammar_of(grammar);
  return generation;
}

std::unique_ptr<Engine> engine_of(const std::shared_ptr<MemoryModel>& model,
                                  Speculation speculation = Speculation::Off) {
  return make_engine(model, {.slots = 4, .backend = "reference", .speculation = speculation});
}

TEST(Failures, AGrammarIsKeptToAndEndsItsTextWhenNothingMayFollow) {
  const auto model = make_random_model(small_llama(), 81);
  model->ends() = {63};
  const auto engine = engine_of(model);
  Generation drawn = constrained(2, "root ::= [0-9]+ \"=\" [a-c]");
  drawn.sampling.temperature = 1;
  ASSERT_EQ(engine->submit(constrained(1, "root ::= \"ABC\" | \"ABD\"")), Admission::Accepted);
  ASSERT_EQ(engine->submit(drawn), Admission::Accepted);

  const auto outputs = run(*engine);

  EXPECT_EQ(text_of(outputs.at(1)).substr(0, 2), "AB");
  EXPECT_EQ(outputs.at(1).tokens.size(), 3U);
  EXPECT_EQ(outputs.at(1).reason, FinishReason::Stop);
  const std::string text = text_of(outputs.at(2));
  EXPECT_EQ(text.find_first_not_of("0123456789"), std::min(text.find('='), text.size()));
}

TEST(Failures, AGrammarThatNoTokenFitsEndsItsOwnTextOnly) {
  const auto model = make_random_model(small_llama(), 81);
  const auto engine = engine_of(model);
  const Generation other = greedy(2, prompt_of(5, 30), 40);
  ASSERT_EQ(engine->submit(constrained(1, "root ::= \"A\" \"~\"")), Admission::Accepted);
  ASSERT_EQ(engine->submit(other), Admission::Accepted);

  const auto outputs = run(*engine);

  EXPECT_EQ(text_of(outputs.at(1)), "A");
  EXPECT_EQ(outputs.at(1).reason, FinishReason::Failed);
  EXPECT_NE(outputs.at(1).error, "");
  EXPECT_EQ(outputs.at(2).tokens, alone(model, other).tokens);
}

TEST(Failures, GuessesKeepToAGrammarToo) {
  const auto model = make_random_model(small_llama(), 81);
  model->ends() = {63};
  const std::string rules = "root ::= (\"AB\" [0-2] \"CD\")+";
  Generation one = constrained(1, rules);
  one.sampling.temperature = 0.7;
  one.sampling.logit_bias = {{63, -1000.0F}};  // goes on to the limit
  const auto engine = engine_of(model, Speculation::Ngram);
  ASSERT_EQ(engine->submit(one), Admission::Accepted);
  uint32_t kept = 0;
  Output output;
  while (engine->capacity().running + engine->capacity().waiting > 0) {
    const StepResult result = engine->step();
    kept += result.kept_drafts;
    for (const NewToken& made : result.tokens)
      output.tokens.push_back(made.token);
  }

  EXPECT_EQ(output.tokens, alone(model, one).tokens);
  EXPECT_GT(kept, 3U);
}

TEST(Failures, AGuessThatIsNotANumberHarmsNothing) {
  const auto model = make_random_model(small_deepseek2_with_head(), 82);
  // The head guesses nothing but 9, whose embedding is broken.
  std::vector<float> head(size_t{64} * 32, 0.0F);
  model->add("blk.3.nextn.shared_head_head.weight", {32, 64}, head);
  model->values("token_embd.weight")[size_t{9} * 32] = std::numeric_limits<float>::quiet_NaN();
  model->values("output.weight")[size_t{9} * 32] = 0;
  auto guess_nine = model->values("blk.3.nextn.shared_head_norm.weight");
  std::ranges::fill(guess_nine, std::numeric_limits<float>::quiet_NaN());
  Generation one = greedy(1, {1, 2, 3}, 100);
  one.sampling.logit_bias = {{9, -1000.0F}};
  const auto engine = engine_of(model, Speculation::Mtp);
  ASSERT_EQ(engine->submit(one), Admission::Accepted);

  const auto outputs = run(*engine);

  EXPECT_EQ(outputs.at(1).reason, FinishReason::Length) << outputs.at(1).error;
  EXPECT_EQ(outputs.at(1).tokens, alone(model, one).tokens);
}

TEST(Failures, ABrokenTextLeavesNothingForOthersToFind) {
  const auto model = make_random_model(small_stories_moe(), 83);
  auto prompt = prompt_of(1, 130);
  std::ranges::replace(prompt, 9, 8);
  prompt.back() = 9;
  model->values("token_embd.weight")[size_t{9} * 32] = std::numeric_limits<float>::quiet_NaN();
  const auto engine = engine_of(model);
  ASSERT_EQ(engine->submit(greedy(1, prompt, 20)), Admission::Accepted);
  EXPECT_EQ(run(*engine).at(1).reason, FinishReason::Failed);

  prompt.back() = 7;
  const Generation next = greedy(2, prompt, 20);
  ASSERT_EQ(engine->submit(next), Admission::Accepted);
  EXPECT_EQ(run(*engine).at(2).tokens, alone(model, next).tokens);
}

}  // namespace
}  // namespace suan::engine
