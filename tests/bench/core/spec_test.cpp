#include "bench/spec.h"

#include <gtest/gtest.h>

#include "bench/corpus.h"
#include "bench/suites.h"
#include "tests/bench/core/small_spec.h"

namespace suan::bench {
namespace {

Error error_of(const std::string& from, const std::string& to) {
  const auto spec = read_spec(replaced(small_spec_text(), from, to));
  return spec ? Error{} : spec.error();
}

TEST(Spec, FillsInEveryDefault) {
  const auto spec = read_spec(small_spec_text());

  ASSERT_TRUE(spec) << spec.error();
  EXPECT_EQ(spec->seed, 1U);
  EXPECT_TRUE(spec->sites.empty());
  EXPECT_EQ(spec->workload.timeout_s, 60U);
  EXPECT_EQ(spec->slo.ttft_ms, 2000);
  EXPECT_EQ(spec->requests_of(spec->cells()[0]), 4U);
}

TEST(Spec, HasOneDigestForEqualMeaning) {
  const auto plain = read_spec(small_spec_text());
  const auto commented = read_spec(
      "// a comment\n" + replaced(small_spec_text(), R"("model")", R"("seed": 1.0, "model")"));
  const auto other =
      read_spec(replaced(small_spec_text(), R"("model")", R"("seed": 2, "model")"));

  ASSERT_TRUE(plain && commented && other);
  EXPECT_EQ(plain->spec_sha256, commented->spec_sha256);
  EXPECT_NE(plain->spec_sha256, other->spec_sha256);
}

TEST(Spec, NamesTheLineAndTheNearestKeyOfAMisspeltOne) {
  const Error error = error_of(R"("rate_per_s")", R"("rate_per_sec")");

  EXPECT_EQ(error.code, ErrorCode::BadRequest);
  EXPECT_EQ(error.param, "sweep.rate_per_sec");
  EXPECT_EQ(error.message,
            "sweep.rate_per_sec (line 10): unknown key; did you mean rate_per_s?");
}

TEST(Spec, RefusesDuplicateKeys) {
  const Error error = error_of(R"("name": "small",)", R"("name": "small", "name": "large",)");

  EXPECT_EQ(error.code, ErrorCode::BadRequest);
  EXPECT_NE(error.message.find("name"), std::string::npos);
}

TEST(Spec, RefusesValuesOutsideTheirLimits) {
  EXPECT_EQ(error_of(R"("executions": 6)", R"("executions": 1)").param, "protocol.executions");
  EXPECT_EQ(error_of(R"("executions": 6)", R"("executions": 2.5)").param,
            "protocol.executions");
  EXPECT_EQ(error_of("[4]", "[0]").param, "sweep.rate_per_s");
  EXPECT_EQ(error_of("[4]", "[]").param, "sweep.rate_per_s");
  EXPECT_EQ(error_of("[4]", R"(["4"])").param, "sweep.rate_per_s");
  EXPECT_EQ(error_of(R"("point_seconds": 1)", R"("point_seconds": 1e99)").param,
            "protocol.point_seconds");
  EXPECT_EQ(error_of(R"("name": "small")", R"("name": "Small!")").param, "name");
  EXPECT_EQ(error_of(R"("stories-moe")", R"("../moe")").param, "model.id");
  EXPECT_EQ(error_of("serve.goodput", "serve.curve").param, "benchmarks");
  EXPECT_EQ(error_of("suan.bench/1", "suan.bench/2").param, "format");
}

TEST(Spec, RefusesWhatIsMissingOrHasNoMeaning) {
  EXPECT_EQ(error_of(R"(, "node_seconds": 600)", "").param, "budget.node_seconds");
  EXPECT_EQ(error_of(R"("value": 5)", R"("value": 5, "p50": 3)").param,
            "workload.output_tokens.p50");
  EXPECT_EQ(error_of(R"("p95": 48)", R"("p95": 4)").param, "workload.prompt_tokens.p50");
}

TEST(Spec, RefusesTextThatIsNoJsonOrFarTooLarge) {
  EXPECT_EQ(read_spec("{").error().code, ErrorCode::BadRequest);
  EXPECT_EQ(read_spec("[]").error().code, ErrorCode::BadRequest);
  EXPECT_EQ(read_spec(std::string(1U << 20U, ' ')).error().code, ErrorCode::TooLarge);
  EXPECT_FALSE(read_spec(std::string(100'000, '[')));
}

TEST(Spec, OfEveryEmbeddedSuiteIsValidAndItsCorpusIsThere) {
  ASSERT_FALSE(suite_names().empty());
  for (const std::string_view name : suite_names()) {
    const auto spec = read_spec(suite_text(name));
    ASSERT_TRUE(spec) << name << ": " << spec.error();
    EXPECT_TRUE(find_corpus(spec->workload.corpus_name, spec->workload.corpus_sha256));
  }
}

TEST(Corpus, MustBeTheOneThatTheSpecificationMeans) {
  EXPECT_EQ(find_corpus("en_tinystories_a", "00").error().param, "workload.corpus.sha256");
  EXPECT_EQ(find_corpus("../secret", "").error().param, "workload.corpus.name");
}

}  // namespace
}  // namespace suan::bench
