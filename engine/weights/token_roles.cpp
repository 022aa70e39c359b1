#include "engine/weights/token_roles.h"

#include <algorithm>
#include <array>

#include "engine/tokenizer/pieces.h"

namespace suan::engine {
namespace {

constexpr std::array<std::string_view, 7> kEnds = {
    "<|endoftext|>",    // GPT-2, Qwen
    "<|im_end|>",       // Qwen
    "<|end_of_text|>",  // Llama 3
    "<|eot_id|>",
    "<|eom_id|>",
    "<｜end▁of▁sentence｜>",  // DeepSeek
    "<|EOT|>",
};

}  // namespace

bool looks_like_control(std::string_view text) {
  return (text.starts_with("<|") && text.ends_with("|>") && text.size() > 4) ||
         (text.starts_with("<｜") && text.ends_with("｜>"));
}

void add_usual_ends(Vocabulary& vocabulary) {
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const uint8_t type = vocabulary.types[id];
    if (type != kControlPiece && type != kUserDefinedPiece) continue;
    if (std::ranges::find(kEnds, vocabulary.pieces[id]) == kEnds.end()) continue;
    const auto end = static_cast<int32_t>(id);
    if (std::ranges::find(vocabulary.ends, end) == vocabulary.ends.end()) {
      vocabulary.ends.push_back(end);
    }
  }
}

}  // namespace suan::engine
