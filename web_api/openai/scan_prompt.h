#pragma once

#include <cstdint>
#include <string_view>

#include "web_api/openai/prefix_hasher.h"
#include "web_api/openai/scan_walk.h"

// Heavy (simdjson): only .cpp files include this header.

namespace suan::web_api {

/// What a scan keeps of a prompt: its size and the hashes of its beginning.
class ScanPrompt {
 public:
  /// `walk` outlives this.
  explicit ScanPrompt(ScanWalk& walk) : walk_(walk) {}

  /// Chat: 1 to 4,096 messages of texts or text parts.
  [[nodiscard]] Result<void> messages(ScanWalk::Value& value);
  /// Completion: one text, alone or in an array, or an array of token ids.
  [[nodiscard]] Result<void> prompt(ScanWalk::Value& value);
  /// Tokenize.
  [[nodiscard]] Result<void> prompt_text(ScanWalk::Value& value);
  /// Detokenize.
  [[nodiscard]] Result<void> tokens(ScanWalk::Value& value);

  [[nodiscard]] bool is_given() const { return is_given_; }

  [[nodiscard]] uint64_t bytes() const { return bytes_; }

  [[nodiscard]] std::vector<uint64_t> take_hashes() { return hasher_.take(); }

 private:
  [[nodiscard]] Result<void> message(ScanWalk::Value& value);
  [[nodiscard]] Result<void> content(ScanWalk::Value& value);
  [[nodiscard]] Result<void> content_part(ScanWalk::Value& value);
  [[nodiscard]] Result<void> text(ScanWalk::Value& value, std::string_view name);
  [[nodiscard]] Result<void> token_id(ScanWalk::Value& value, std::string_view name);
  void add(std::string_view text);

  ScanWalk& walk_;
  PrefixHasher hasher_;
  uint64_t bytes_ = 0;
  bool is_given_ = false;
};

}  // namespace suan::web_api
