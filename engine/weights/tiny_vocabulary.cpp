#include "engine/weights/tiny_vocabulary.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "engine/tokenizer/pieces.h"

namespace suan::engine {
namespace {

/// The commonest merges of bench/corpus/en_tinystories_a.txt, in order; `_` stands for a space.
constexpr std::array<std::string_view, 80> kMerges = {
    "_ t",  "h e", "_ a",  "_ s",   "_ w",  "n d",  "_t he", "e d",    "_t o",  "_a nd",
    "_ b",  "_ h", "i n",  "i t",   "_ f",  "r e",  "_w a",  "o u",    "_ d",   "_ he",
    "_ l",  "_ c", "_ m",  "_ p",   "_ T",  "e r",  "o m",   "a y",    "i l",   "_wa s",
    "o n",  "i m", "a t",  "i s",   "i d",  "a r",  "_ g",   "in g",   "_ n",   "_s a",
    "e n",  "o r", "il y", "_ S",   "a n",  "_h a", "_ it",  "L ily",  "_T he", "_he r",
    "_t h", "o t", "l l",  "l e",   "m y",  "a m",  "u t",   "e t",    "_S he", "_ u",
    "_ o",  "_ H", "O n",  "_ in",  "i r",  "o w",  "c e",   "_h is",  "r i",   "_b e",
    "_ e",  "l d", "_p l", "_d ay", "it h", "k e",  "v er",  "_w ith", "c k",   "_sa id"};

/// The special tokens of a family; the first begins a text (or stands for that), the second ends it.
struct Family {
  const char* architecture;
  const char* pre_split;
  std::array<const char*, 6> specials;
  bool adds_bos;
  int end;  // which special token ends a text
  const char* chat_template;
};

constexpr std::array kFamilies = {
    Family{"deepseek2",
           "deepseek-v3",
           {"<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>",
            "<think>", "</think>"},
           true,
           1,
           "{{ bos_token }}{% for message in messages %}"
           "{% if message['role'] == 'user' %}{{ '<｜User｜>' + message['content'] }}"
           "{% elif message['role'] == 'assistant' %}"
           "{{ '<｜Assistant｜>' + message['content'] + '<｜end▁of▁sentence｜>' }}"
           "{% else %}{{ message['content'] }}{% endif %}{% endfor %}"
           "{% if add_generation_prompt %}{{ '<｜Assistant｜>' }}{% endif %}"},
    Family{"llama",
           "llama-bpe",
           {"<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>",
            "<|end_of_text|>", "<|finetune_right_pad_id|>"},
           true,
           1,
           "{{ bos_token }}{% for message in messages %}"
           "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}"
           "{{ message['content'] + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}"
           "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"},
    Family{
        "qwen",
        "qwen2",
        {"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<|box_start|>"},
        false,
        2,
        "{% if tools %}{{ '<|im_start|>system\\nFunctions:\\n' }}{% for tool in tools %}"
        "{{ tool | tojson }}{{ '\\n' }}{% endfor %}{{ 'Calls: <tool_call>\\n' }}"
        "{{ '{\"name\": ..., \"arguments\": ...}\\n</tool_call><|im_end|>\\n' }}{% endif %}"
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
        "{{ message['content'] }}{% for call in message.tool_calls or [] %}"
        "{{ '<tool_call>\\n{\"name\": \"' + call.function.name + '\", \"arguments\": ' }}"
        "{{ call.function.arguments }}{{ '}\\n</tool_call>' }}{% endfor %}"
        "{{ '<|im_end|>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
        "{% if enable_thinking is defined %}"
        "{{ '<think>\\n' if enable_thinking else '<think>\\n\\n</think>\\n\\n' }}"
        "{% endif %}{% endif %}"},
};

const Family& family_of(const TinyModel& wish) {
  if (wish.architecture == "deepseek2") return kFamilies[0];
  if (wish.architecture == "llama") return kFamilies[1];
  return kFamilies[2];
}

/// GPT-2's stand-in for each byte: itself where it prints, else a character from U+0100 on.
std::array<std::string, 256> stand_ins() {
  std::array<std::string, 256> all;
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
    const int code = prints ? byte : next++;
    if (code < 0x80) {
      all[byte] = {static_cast<char>(code)};
    } else {
      all[byte] = {static_cast<char>(0xC0 | (code >> 6)),
                   static_cast<char>(0x80 | (code & 63))};
    }
  }
  return all;
}

std::string with_spaces_as(std::string_view text, std::string_view mark) {
  std::string marked;
  for (const char c : text) {
    if (c == '_') {
      marked += mark;
    } else {
      marked += c;
    }
  }
  return marked;
}

std::string joined(std::string_view merge) {
  std::string whole(merge);
  whole.erase(whole.find(' '), 1);
  return whole;
}

void add(Vocabulary& vocabulary, std::string piece, uint8_t type) {
  vocabulary.pieces.push_back(std::move(piece));
  vocabulary.types.push_back(type);
}

Vocabulary byte_bpe(const TinyModel& wish) {
  const Family& family = family_of(wish);
  const auto bytes = stand_ins();
  Vocabulary vocabulary;
  vocabulary.kind = VocabularyKind::ByteBpe;
  vocabulary.pre_split =
      wish.architecture == "deepseek2" && wish.is_v2 ? "deepseek-llm" : family.pre_split;
  vocabulary.adds_bos = family.adds_bos;
  vocabulary.adds_space_prefix = false;
  for (const std::string& byte : bytes)
    add(vocabulary, byte, kNormalPiece);
  for (const std::string_view merge : kMerges) {
    add(vocabulary, with_spaces_as(joined(merge), bytes[' ']), kNormalPiece);
    vocabulary.merges.push_back(with_spaces_as(merge, bytes[' ']));
  }
  const auto first = static_cast<int32_t>(vocabulary.pieces.size());
  for (const char* special : family.specials)
    add(vocabulary, special, kControlPiece);
  if (family.adds_bos) vocabulary.bos = first;
  vocabulary.ends = {first + family.end};
  return vocabulary;
}

/// In the layout of llama2.c's `tok512.bin`, so that it can be stored so.
Vocabulary sentence_pieces() {
  Vocabulary vocabulary;
  vocabulary.kind = VocabularyKind::SentencePiece;
  add(vocabulary, "<unk>", kUnknownPiece);
  add(vocabulary, "<s>", kControlPiece);
  add(vocabulary, "</s>", kControlPiece);
  for (int byte = 0; byte < 256; ++byte)
    add(vocabulary, fmt::format("<0x{:02X}>", byte), kBytePiece);
  vocabulary.scores.resize(vocabulary.pieces.size(), 0);
  float score = 0;
  for (const std::string_view merge : kMerges) {
    add(vocabulary, with_spaces_as(joined(merge), kSpaceMark), kNormalPiece);
    vocabulary.scores.push_back(score--);
  }
  add(vocabulary, std::string(kSpaceMark), kNormalPiece);
  vocabulary.scores.push_back(score--);
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    add(vocabulary, {letter}, kNormalPiece);
    vocabulary.scores.push_back(score--);
  }
  vocabulary.bos = 1;
  vocabulary.ends = {1, 2};
  return vocabulary;
}

}  // namespace

Vocabulary tiny_vocabulary(const TinyModel& wish) {
  return wish.architecture == "stories-moe" ? sentence_pieces() : byte_bpe(wish);
}

std::string tiny_chat_template(const TinyModel& wish) {
  return wish.architecture == "stories-moe" ? "" : family_of(wish).chat_template;
}

}  // namespace suan::engine
