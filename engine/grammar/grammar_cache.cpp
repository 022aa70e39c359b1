#include "engine/grammar/grammar_cache.h"

#include <utility>

namespace suan::engine {
namespace {

/// All that a source says, in one text; lengths keep the parts apart.
std::string key_of(const GrammarSource& source) {
  std::string key;
  const auto add = [&](const std::string& part) {
    key += std::to_string(part.size()) + ':' + part;
  };
  key += std::to_string(static_cast<int>(source.kind));
  key += source.format.has_many ? 'm' : '1';
  key += source.format.is_optional ? 'o' : '-';
  const ToolCallFormat& format = source.format;
  for (const std::string* part :
       {&source.text, &source.begins_after, &format.begin, &format.call_begin, &format.name_end,
        &format.call_end, &format.between, &format.end}) {
    add(*part);
  }
  for (const ToolFunction& function : source.functions) {
    add(function.name);
    add(function.parameters);
  }
  return key;
}

}  // namespace

GrammarCache::GrammarCache(std::shared_ptr<const TokenTable> tokens, size_t bytes_max)
    : tokens_(std::move(tokens)), bytes_max_(bytes_max) {}

GrammarResult GrammarCache::get(const GrammarSource& source) {
  std::string key = key_of(source);
  const auto found = found_.find(key);
  if (found != found_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->grammar;
  }
  GrammarResult result = compile_grammar(source, tokens_);
  if (!result) return result;
  entries_.push_front({key, *result});
  bytes_ += bytes_of(entries_.front());
  found_[std::move(key)] = entries_.begin();
  while (bytes_ > bytes_max_ && !entries_.empty())
    drop_oldest();
  return result;
}

size_t GrammarCache::bytes_of(const Entry& entry) {
  return 2 * entry.key.size() + entry.grammar->bytes();
}

void GrammarCache::drop_oldest() {
  bytes_ -= bytes_of(entries_.back());
  found_.erase(entries_.back().key);
  entries_.pop_back();
}

}  // namespace suan::engine
