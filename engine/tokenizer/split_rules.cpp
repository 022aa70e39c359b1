#include "engine/tokenizer/split_rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

constexpr std::array kGpt2 = {SplitPattern{
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"}};

constexpr std::array kQwen2 = {SplitPattern{
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}};

constexpr std::array kLlama3 = {SplitPattern{
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}};

constexpr std::array kDeepseekV3 = {
    SplitPattern{R"(\p{N}{1,3})"},
    SplitPattern{R"([\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+)"},
    SplitPattern{
        R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)"
        R"(| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}};

constexpr SplitPattern kLineEnds = {R"([\r\n])"};
constexpr SplitPattern kAsianWords = {
    R"([\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]+)"};
constexpr SplitPattern kDigit = {R"(\p{N})"};

constexpr std::array kDeepseekCoder = {kLineEnds, SplitPattern{R"(\s?\p{L}+)"},
                                       SplitPattern{R"(\s?\p{P}+)"}, kAsianWords, kDigit};

constexpr SplitPattern kLettersOfDeepseekLlm = {
    R"(\s?[A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF})"
    R"(\x{1C4}-\x{293}\x{295}-\x{2AF}\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F})"
    R"(\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}\x{3A3}-\x{3F5}\x{3F7}-\x{481})"
    R"(\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}\x{13F8}-\x{13FD})"
    R"(\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77})"
    R"(\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45})"
    R"(\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}\x{1F5F}-\x{1F7D})"
    R"(\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC})"
    R"(\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4})"
    R"(\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D}\x{2124})"
    R"(\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F})"
    R"(\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4})"
    R"(\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F})"
    R"(\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06})"
    R"(\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F})"
    R"(\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2})"
    R"(\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+)"};
constexpr SplitPattern kPunctuationOfDeepseekLlm = {
    R"(\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+)"};
/// As it stands it is tried at every space of a run, each time to the run's end.
constexpr SplitPattern kSpaceAtEnd = {R"(\s+$)", R"((?<!\s)\s++\z)"};

constexpr std::array kDeepseekLlm = {
    kLineEnds,   kLettersOfDeepseekLlm, kPunctuationOfDeepseekLlm,
    kSpaceAtEnd, kAsianWords,           SplitPattern{R"(\p{N}+)"}};

/// As some tokenizer.json have it; their vocabulary has no number of two digits, so ids are equal.
constexpr std::array kDeepseekLlmDigits = {
    kLineEnds,   kLettersOfDeepseekLlm, kPunctuationOfDeepseekLlm,
    kSpaceAtEnd, kAsianWords,           kDigit};

/// A new rule is one line here.
constexpr std::array kRules = {
    SplitRule{"gpt-2", kGpt2},
    SplitRule{"qwen2", kQwen2},
    SplitRule{"llama-bpe", kLlama3},
    SplitRule{"deepseek-v3", kDeepseekV3},
    SplitRule{"deepseek-coder", kDeepseekCoder},
    SplitRule{"deepseek-llm", kDeepseekLlm},
    SplitRule{"deepseek-llm-digits", kDeepseekLlmDigits},
};

struct Alias {
  std::string_view name;
  std::string_view rule;
};

/// Other names that GGUF files give the same rules.
constexpr std::array kAliases = {
    Alias{"phi-2", "gpt-2"},
    Alias{"jina-es", "gpt-2"},
    Alias{"jina-de", "gpt-2"},
    Alias{"gigachat", "gpt-2"},
    Alias{"mpt", "gpt-2"},
    Alias{"olmo", "gpt-2"},
    Alias{"deepseek-r1-qwen", "qwen2"},
    Alias{"stablelm2", "qwen2"},
    Alias{"megrez", "qwen2"},
    Alias{"llama3", "llama-bpe"},
    Alias{"llama-v3", "llama-bpe"},
    Alias{"falcon3", "llama-bpe"},
    Alias{"smaug-bpe", "llama-bpe"},
    Alias{"dbrx", "llama-bpe"},
    Alias{"hunyuan-dense", "deepseek-v3"},
    Alias{"joyai-llm", "deepseek-v3"},
};

bool has_patterns(const SplitRule& rule, std::span<const std::string> patterns) {
  return std::ranges::equal(rule.patterns, patterns, {}, &SplitPattern::source);
}

}  // namespace

const SplitRule* find_split_rule(std::string_view name) {
  const auto alias = std::ranges::find(kAliases, name, &Alias::name);
  if (alias != kAliases.end()) name = alias->rule;
  const auto rule = std::ranges::find(kRules, name, &SplitRule::name);
  return rule != kRules.end() ? &*rule : nullptr;
}

const SplitRule* find_split_rule(std::span<const std::string> patterns) {
  const auto rule = std::ranges::find_if(
      kRules, [&](const SplitRule& candidate) { return has_patterns(candidate, patterns); });
  return rule != kRules.end() ? &*rule : nullptr;
}

std::string_view pattern_in_bytes() {
  return kGpt2[0].source;
}

bool is_known_pattern(std::string_view pattern) {
  return std::ranges::any_of(kRules, [&](const SplitRule& rule) {
    return std::ranges::find(rule.patterns, pattern, &SplitPattern::source) !=
           rule.patterns.end();
  });
}

bool keeps_whole_pieces(std::string_view name) {
  constexpr std::array kNames = {"llama-bpe", "llama3", "llama-v3", "falcon3"};
  return std::ranges::find(kNames, name) != kNames.end();
}

std::string in_plain_letters(std::string_view pattern) {
  std::string plain;
  while (!pattern.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(pattern);
    const std::string_view character = pattern.substr(0, sequence.bytes);
    if (character == "\r") {
      plain += R"(\r)";
    } else if (character == "\n") {
      plain += R"(\n)";
    } else if (sequence.state == Utf8State::Whole && sequence.bytes > 1) {
      plain += fmt::format(R"(\x{{{:X}}})", static_cast<uint32_t>(code_point(character)));
    } else {
      plain += character;
    }
    pattern.remove_prefix(sequence.bytes);
  }
  return plain;
}

}  // namespace suan::engine
