#include "engine/tokenizer/pre_splitter.h"

#include <stdexcept>

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

/// Unicode's White_Space. PCRE2's own \s has U+180E too, which is none since Unicode 6.3.
constexpr std::string_view kSpaces =
    R"(\x09-\x0D\x20\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

/// Backtracking in these patterns is never nested, so a text of a few hundred megabytes still
/// stays below it.
constexpr uint32_t kMatchLimit = 1U << 30;

std::string with_spaces_spelt_out(std::string_view pattern) {
  std::string spelt;
  bool is_in_class = false;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const std::string_view pair = pattern.substr(at, 2);
    if (pair == R"(\s)" || pair == R"(\S)") {
      const bool is_negated = pair == R"(\S)";
      spelt += is_in_class ? std::string(kSpaces)
                           : fmt::format("[{}{}]", is_negated ? "^" : "", kSpaces);
      ++at;
    } else if (pair.front() == '\\') {
      spelt += pair;
      ++at;
    } else {
      if (pair.front() == '[') is_in_class = true;
      if (pair.front() == ']') is_in_class = false;
      spelt += pair.front();
    }
  }
  return spelt;
}

std::string message_of(int code) {
  std::string message(128, '\0');
  const int length = pcre2_get_error_message(
      code, reinterpret_cast<PCRE2_UCHAR*>(message.data()), message.size());
  message.resize(length > 0 ? static_cast<size_t>(length) : 0);
  return message;
}

template <auto Free>
struct Freer {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Free(handle);
  }
};

using Code = std::unique_ptr<pcre2_code, Freer<pcre2_code_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freer<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freer<pcre2_match_data_free>>;

Code compile(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                          PCRE2_UTF | PCRE2_UCP | PCRE2_NO_AUTO_CAPTURE, &error, &offset,
                          nullptr));
  if (code != nullptr) return code;
  throw std::runtime_error(fmt::format("PCRE2 does not compile a splitting rule, at {}: {}",
                                       offset, message_of(error)));
}

}  // namespace

class PreSplitter::Pattern {
 public:
  explicit Pattern(const SplitPattern& pattern)
      : code_(compile(
            with_spaces_spelt_out(pattern.linear.empty() ? pattern.source : pattern.linear))),
        context_(pcre2_match_context_create(nullptr)),
        is_machine_code_(pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE) == 0) {
    if (context_ == nullptr) throw std::bad_alloc();
    pcre2_set_match_limit(context_.get(), kMatchLimit);
  }

  /// Appends the pieces of `text`, which is UTF-8.
  void split(std::string_view text,
             pcre2_match_data* found,
             std::vector<std::string_view>& pieces) const {
    const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(found);
    size_t rest = 0;
    while (rest < text.size() && match(text.substr(rest), found)) {
      // A match is never empty: each pattern takes at least one character.
      if (ends[0] > 0) pieces.push_back(text.substr(rest, ends[0]));
      pieces.push_back(text.substr(rest + ends[0], ends[1] - ends[0]));
      rest += ends[1];
    }
    if (rest < text.size()) pieces.push_back(text.substr(rest));
  }

 private:
  /// Nothing behind the start of `text` matters to the patterns, so each match begins afresh.
  bool match(std::string_view text, pcre2_match_data* found) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    const int code = is_machine_code_ ? pcre2_jit_match(code_.get(), subject, text.size(), 0, 0,
                                                        found, context_.get())
                                      : pcre2_match(code_.get(), subject, text.size(), 0,
                                                    PCRE2_NO_UTF_CHECK, found, context_.get());
    if (code == PCRE2_ERROR_NOMATCH) return false;
    if (code >= 0) return true;
    throw std::runtime_error(
        fmt::format("a text cannot be split into words: {}", message_of(code)));
  }

  Code code_;
  MatchContext context_;
  bool is_machine_code_;
};

PreSplitter::PreSplitter(const SplitRule& rule) {
  for (const SplitPattern& pattern : rule.patterns)
    patterns_.emplace_back(pattern);
}

PreSplitter::PreSplitter(PreSplitter&&) noexcept = default;
PreSplitter::~PreSplitter() = default;

std::vector<std::string_view> PreSplitter::split(std::string_view text) const {
  const MatchData found(pcre2_match_data_create(1, nullptr));
  if (found == nullptr) throw std::bad_alloc();

  std::vector<std::string_view> pieces;
  std::vector<std::string_view> words;
  std::vector<std::string_view> finer;
  for (const Utf8Run& run : utf8_runs(text)) {
    if (!run.is_utf8) {
      pieces.push_back(run.text);
      continue;
    }
    words.assign({run.text});
    for (const Pattern& pattern : patterns_) {
      finer.clear();
      for (const std::string_view word : words)
        pattern.split(word, found.get(), finer);
      words.swap(finer);
    }
    pieces.insert(pieces.end(), words.begin(), words.end());
  }
  return pieces;
}

}  // namespace suan::engine
