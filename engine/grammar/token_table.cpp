#include "engine/grammar/token_table.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>

#include "engine/tokenizer/tokenizer.h"

namespace suan::engine {
namespace {

constexpr char kControlByte = '\xFF';

std::string spelled_number(int32_t token) {
  const auto bits = static_cast<uint32_t>(token);
  std::string text(1, kControlByte);
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    text += static_cast<char>((bits >> shift) & 0xFFU);
  }
  return text;
}

size_t common_prefix(std::string_view a, std::string_view b) {
  const auto [first, second] = std::ranges::mismatch(a, b);
  return static_cast<size_t>(first - a.begin());
}

}  // namespace

TokenTable::TokenTable(std::vector<TokenText> tokens) {
  spelled_.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenText& token = tokens[i];
    const auto id = static_cast<int32_t>(i);
    if (token.is_end) ends_.push_back(id);
    if (token.is_control) {
      if (!token.bytes.empty()) control_.emplace_back(std::move(token.bytes), id);
      spelled_.push_back(spelled_number(id));
    } else if (token.is_end || token.bytes.size() > kTokenBytesMax ||
               token.bytes.find(kControlByte) != std::string::npos) {
      spelled_.emplace_back();
    } else {
      spelled_.push_back(std::move(token.bytes));
    }
    longest_ = std::max(longest_, spelled_.back().size());
  }
  // Longer names first, so that one that begins with another is found.
  std::ranges::sort(control_, [](const auto& a, const auto& b) {
    return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : a < b;
  });
  build_trie();
}

void TokenTable::build_trie() {
  order_.resize(spelled_.size());
  std::iota(order_.begin(), order_.end(), 0);
  const auto bytes_of = [&](int32_t id) -> const std::string& {
    return spelled_[static_cast<size_t>(id)];
  };
  std::erase_if(order_, [&](int32_t id) { return bytes_of(id).empty(); });
  std::ranges::sort(order_, [&](int32_t a, int32_t b) {
    const int order = bytes_of(a).compare(bytes_of(b));
    return order != 0 ? order < 0 : a < b;
  });

  nodes_.push_back({});
  std::vector<size_t> path{0};  // the nodes from the root to the last token's
  const auto close_below = [&](size_t depth) {
    for (; path.size() > depth + 1; path.pop_back()) {
      nodes_[path.back()].next = static_cast<uint32_t>(nodes_.size());
    }
  };
  std::string_view last;
  for (uint32_t i = 0; i < order_.size(); ++i) {
    const std::string_view bytes = bytes_of(order_[i]);
    const size_t shared = common_prefix(last, bytes);
    close_below(shared);
    for (size_t depth = shared; depth < bytes.size(); ++depth) {
      path.push_back(nodes_.size());
      nodes_.push_back({.next = 0,
                        .first_token = i,
                        .tokens = 0,
                        .depth = static_cast<uint8_t>(depth + 1),
                        .byte = static_cast<uint8_t>(bytes[depth])});
    }
    Node& node = nodes_[path.back()];
    if (node.tokens < std::numeric_limits<uint16_t>::max()) ++node.tokens;
    last = bytes;
  }
  close_below(0);
  nodes_[0].next = static_cast<uint32_t>(nodes_.size());
}

bool TokenTable::is_end(int32_t token) const {
  return std::ranges::find(ends_, token) != ends_.end();
}

std::string_view TokenTable::spelled(int32_t token) const {
  if (token < 0 || static_cast<size_t>(token) >= spelled_.size()) return {};
  return spelled_[static_cast<size_t>(token)];
}

bool TokenTable::has_token(std::string_view bytes) const {
  const auto found = std::ranges::lower_bound(
      order_, bytes, {}, [&](int32_t id) { return std::string_view(spelled(id)); });
  return found != order_.end() && spelled(*found) == bytes;
}

std::string TokenTable::spell(std::string_view text) const {
  std::string spelt;
  while (!text.empty()) {
    const auto named = std::ranges::find_if(
        control_, [&](const auto& control) { return text.starts_with(control.first); });
    if (named != control_.end()) {
      spelt += spelled_number(named->second);
      text.remove_prefix(named->first.size());
    } else {
      spelt += text.front();
      text.remove_prefix(1);
    }
  }
  return spelt;
}

std::shared_ptr<const TokenTable> make_token_table(const Tokenizer& tokenizer) {
  std::vector<TokenText> tokens(tokenizer.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    tokens[i].is_control = tokenizer.is_control(id);
    tokens[i].is_end = tokenizer.is_end(id);
    tokens[i].bytes =
        tokens[i].is_control ? tokenizer.control_text(id) : tokenizer.token_bytes(id);
  }
  return std::make_shared<const TokenTable>(std::move(tokens));
}

}  // namespace suan::engine
