#include "bench/corpus.h"

#include <cassert>

#include "catalog/types/bytes.h"
#include "catalog/types/text.h"
#include "suan_bench_data.h"

namespace suan::bench {

namespace {

constexpr uint64_t kBytesPerToken = 4;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

Result<Corpus> find_corpus(std::string_view name, std::string_view sha256) {
  const std::string_view text = suan_bench_data::embedded(std::string(name) + ".txt");
  if (text.empty()) {
    return fail_param(ErrorCode::BadRequest, "workload.corpus.name", "there is no corpus {}",
                      printable(name));
  }
  const std::string digest = to_hex(suan::sha256(text));
  if (!sha256.empty() && digest != sha256) {
    return fail_param(ErrorCode::BadRequest, "workload.corpus.sha256",
                      "corpus {} has digest {}, not {}", name, digest, printable(sha256));
  }
  return Corpus{.text = text, .sha256 = digest};
}

std::string cut_prompt(const Corpus& corpus, uint32_t tokens, Random& random) {
  assert(tokens > 0);
  assert(!corpus.text.empty());
  const std::string_view text = corpus.text;
  const uint64_t length = std::min<uint64_t>(tokens * kBytesPerToken, text.size());
  size_t begin = random.below(text.size() - length + 1);
  while (begin > 0 && !is_space(text[begin - 1])) {
    --begin;
  }
  while (begin < text.size() && is_space(text[begin])) {
    ++begin;
  }
  size_t end = std::min<uint64_t>(begin + length, text.size());
  while (end < text.size() && !is_space(text[end])) {
    ++end;
  }
  std::string prompt(text.substr(begin, end - begin));
  // The corpus may end in white space only: a prompt must not be empty.
  return prompt.empty() ? std::string(text.substr(0, length)) : prompt;
}

}  // namespace suan::bench
