#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suan::engine {

class Tokenizer;

/// One token as grammars see it.
struct TokenText {
  std::string bytes;  // what it adds in mid-text; of a control token its name
  bool is_control = false;
  bool is_end = false;
};

/// A vocabulary as a trie of bytes, laid out in depth-first order; made once for a tokenizer.
///
/// Control tokens are spelled as the byte 0xFF, which no UTF-8 text holds, and their number, so
/// that a grammar admits one only by name; a text token with that byte is left out. Immutable, so
/// threads may share it.
class TokenTable {
 public:
  /// One node: the bytes from the root to it are a prefix of some token.
  struct Node {
    uint32_t next;         // the first node that is not below this one
    uint32_t first_token;  // its tokens: order()[first_token, first_token + tokens)
    uint16_t tokens;
    uint8_t depth;  // bytes from the root; the root's is 0
    uint8_t byte;   // the last of them
  };

  /// Longer tokens are left out: no grammar admits them.
  static constexpr size_t kTokenBytesMax = 255;

  explicit TokenTable(std::vector<TokenText> tokens);

  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(spelled_.size()); }

  [[nodiscard]] std::span<const Node> nodes() const { return nodes_; }

  [[nodiscard]] std::span<const int32_t> order() const { return order_; }

  [[nodiscard]] std::span<const int32_t> ends() const { return ends_; }

  [[nodiscard]] bool is_end(int32_t token) const;

  [[nodiscard]] size_t longest() const { return longest_; }

  /// What the token is spelled as in the trie; empty for one that is in no trie.
  [[nodiscard]] std::string_view spelled(int32_t token) const;

  /// Whether some token is spelled just so.
  [[nodiscard]] bool has_token(std::string_view bytes) const;

  /// `text` with the names of control tokens replaced by their spelling.
  [[nodiscard]] std::string spell(std::string_view text) const;

 private:
  void build_trie();

  std::vector<std::string> spelled_;
  std::vector<std::pair<std::string, int32_t>> control_;  // by name
  std::vector<int32_t> ends_;
  std::vector<int32_t> order_;  // tokens by their bytes
  std::vector<Node> nodes_;
  size_t longest_ = 0;
};

/// Reads every token of `tokenizer`; a second or so for a large vocabulary.
[[nodiscard]] std::shared_ptr<const TokenTable> make_token_table(const Tokenizer& tokenizer);

}  // namespace suan::engine
