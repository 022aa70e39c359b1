#include "engine/weights/tokenizer_json.h"

#include <algorithm>

#include "engine/tokenizer/pieces.h"
#include "engine/weights/checks.h"
#include "engine/weights/json_settings.h"
#include "engine/weights/refuse.h"
#include "engine/weights/token_roles.h"
#include "engine/weights/tokenizer_steps.h"

namespace suan::engine {
namespace {

/// The largest in common use, Gemma 3's, has 33 MB.
constexpr JsonLimits kFileLimits{.bytes = 64 << 20, .depth = 16, .values = 1 << 23};
constexpr size_t kHolesMax = 65'536;

struct AddedToken {
  uint64_t id = UINT64_MAX;
  std::string text;
  bool is_special = false;
  bool is_normalized = false;
  bool strips_left = false;
  bool strips_right = false;
  bool is_single_word = false;
};

/// What the file says, not yet checked.
struct Contents {
  explicit Contents(std::string_view file) : settings(file) {}

  [[nodiscard]] const std::string& file() const { return settings.file(); }

  JsonSettings settings;
  std::vector<std::pair<uint64_t, std::string>> pieces;
  std::vector<std::string> merges;
  std::vector<AddedToken> added;
};

std::string_view text_of(const SourceFile& file) {
  return {reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()};
}

void add_piece(Contents& contents, const std::string& text, const JsonScalar& value) {
  if (value.kind != JsonScalar::Kind::Whole || value.whole >= kVocabularyMax) {
    refuse(contents.file(), "the id of piece {} is no whole number below {}", in_quotes(text),
           kVocabularyMax);
  }
  if (contents.pieces.size() >= kVocabularyMax) {
    refuse(contents.file(), "has more than {} pieces", kVocabularyMax);
  }
  contents.pieces.emplace_back(value.whole, text);
}

/// `"a b"`, or `["a", "b"]` in newer files.
void add_merge(Contents& contents, std::span<const JsonStep> path, const JsonScalar& value) {
  const uint64_t index = path[2].index;
  const bool is_second = path.size() == 4 && path[3].index == 1;
  const bool is_in_order = contents.merges.size() == index + (is_second ? 1 : 0);
  if (value.kind != JsonScalar::Kind::Text || !is_in_order || path.size() > 4 ||
      (path.size() == 4 && path[3].index > 1)) {
    refuse(contents.file(), "merge {} is neither \"a b\" nor [\"a\", \"b\"]", index);
  }
  if (path.size() == 4 && value.text.find(' ') != std::string::npos) {
    refuse(contents.file(), "merge {} has a piece with a space, {}", index,
           in_quotes(value.text));
  }
  if (is_second) {
    contents.merges.back() += ' ' + value.text;
    return;
  }
  if (index >= kVocabularyMax) {
    refuse(contents.file(), "has more than {} merges", kVocabularyMax);
  }
  contents.merges.push_back(value.text);
}

void add_to_token(Contents& contents, std::span<const JsonStep> path, const JsonScalar& value) {
  const uint64_t index = path.size() == 3 ? path[1].index : UINT64_MAX;
  if (index > contents.added.size() || index >= kVocabularyMax) {
    refuse(contents.file(), "added_tokens is no list of objects");
  }
  if (index == contents.added.size()) contents.added.emplace_back();
  AddedToken& token = contents.added[index];
  const std::string& key = path[2].key;
  if (key == "id" && value.kind == JsonScalar::Kind::Whole) token.id = value.whole;
  if (key == "content") token.text = value.text;
  if (key == "special") token.is_special = value.truth;
  if (key == "normalized") token.is_normalized = value.truth;
  if (key == "lstrip") token.strips_left = value.truth;
  if (key == "rstrip") token.strips_right = value.truth;
  if (key == "single_word") token.is_single_word = value.truth;
}

Contents read_contents(const SourceFile& file) {
  Contents contents(file.name);
  walk_json(file.name, text_of(file), kFileLimits, [&](auto path, const JsonScalar& value) {
    const bool is_in_model = path[0].key == "model" && path.size() >= 3;
    if (is_in_model && path.size() == 3 && path[1].key == "vocab") {
      add_piece(contents, path[2].key, value);
    } else if (is_in_model && path[1].key == "merges") {
      add_merge(contents, path, value);
    } else if (path[0].key == "added_tokens") {
      add_to_token(contents, path, value);
    } else {
      contents.settings.add(path, value);
    }
  });
  return contents;
}

void check_model(const JsonSettings& settings) {
  const std::string type = settings.text("model.type");
  if (type != "BPE" && !(type.empty() && settings.has_under("model"))) {
    refuse(settings.file(), "model.type is {}; BPE is supported", in_quotes(type));
  }
  if (settings.has("model.dropout")) {
    refuse(settings.file(), "model.dropout is set, so that ids would be drawn");
  }
  for (const char* key : {"model.continuing_subword_prefix", "model.end_of_word_suffix"}) {
    if (settings.text(key).empty()) continue;
    refuse(settings.file(), "{} is {}; none is supported", key, in_quotes(settings.text(key)));
  }
}

/// An id for each piece; ids that are left out become unused ones.
void place_pieces(Contents& contents, uint32_t tokens, Vocabulary& vocabulary) {
  uint64_t count = tokens;
  for (const auto& [id, text] : contents.pieces)
    count = std::max(count, id + 1);
  for (const AddedToken& token : contents.added) {
    if (token.id >= kVocabularyMax || token.text.empty()) {
      refuse(contents.file(), "added token {} has no text, or no id below {}",
             in_quotes(token.text), kVocabularyMax);
    }
    count = std::max(count, token.id + 1);
  }
  if (count > contents.pieces.size() + contents.added.size() + kHolesMax) {
    refuse(contents.file(), "ids go up to {}, but there are {} pieces and {} added tokens",
           count - 1, contents.pieces.size(), contents.added.size());
  }
  vocabulary.pieces.resize(count);
  vocabulary.types.assign(count, kUnusedPiece);
  for (auto& [id, text] : contents.pieces) {
    if (vocabulary.types[id] != kUnusedPiece || text.empty()) {
      refuse(contents.file(), "piece {} is empty, or has the id {} of another", in_quotes(text),
             id);
    }
    vocabulary.pieces[id] = std::move(text);
    vocabulary.types[id] = kNormalPiece;
  }
}

uint8_t type_of(const AddedToken& token) {
  return token.is_special || looks_like_control(token.text) ? kControlPiece : kUserDefinedPiece;
}

void place_added(const Contents& contents, Vocabulary& vocabulary) {
  for (const AddedToken& token : contents.added) {
    std::string& piece = vocabulary.pieces[token.id];
    if (!piece.empty() && piece != token.text) {
      refuse(contents.file(), "added token {} has the id {} of {}", in_quotes(token.text),
             token.id, in_quotes(piece));
    }
    if (token.is_single_word) {
      refuse(contents.file(), "added token {} is a single_word one, which is not supported",
             in_quotes(token.text));
    }
    if (token.is_normalized && vocabulary.normalizes_nfc) {
      refuse(contents.file(),
             "added token {} is looked for after normalization, which is not "
             "supported",
             in_quotes(token.text));
    }
    piece = token.text;
    vocabulary.types[token.id] = type_of(token);
    const auto id = static_cast<int32_t>(token.id);
    if (token.strips_left) vocabulary.strips_left.push_back(id);
    if (token.strips_right) vocabulary.strips_right.push_back(id);
  }
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (vocabulary.pieces[id].empty()) vocabulary.pieces[id] = fmt::format("[PAD{}]", id);
  }
}

void mark_unknown(const JsonSettings& settings, Vocabulary& vocabulary) {
  const std::string unknown = settings.text("model.unk_token");
  if (unknown.empty()) return;
  const auto found = std::ranges::find(vocabulary.pieces, unknown);
  if (found == vocabulary.pieces.end()) {
    refuse(settings.file(), "model.unk_token {} is no piece", in_quotes(unknown));
  }
  vocabulary.types[static_cast<size_t>(found - vocabulary.pieces.begin())] = kUnknownPiece;
}

void mark_bytes(Vocabulary& vocabulary) {
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (byte_of_piece(vocabulary.pieces[id])) vocabulary.types[id] = kBytePiece;
  }
}

}  // namespace

Vocabulary read_tokenizer_json(const SourceFile& file, uint32_t tokens) {
  Contents contents = read_contents(file);
  check_model(contents.settings);
  if (tokens > kVocabularyMax) {
    refuse(file.name, "vocab_size is {}, allowed is up to {}", tokens, kVocabularyMax);
  }
  Vocabulary vocabulary;
  vocabulary.adds_bos = false;
  vocabulary.adds_space_prefix = false;
  vocabulary.ignores_merges = contents.settings.truth("model.ignore_merges").value_or(false);
  read_text_steps(contents.settings, vocabulary);
  place_pieces(contents, tokens, vocabulary);
  place_added(contents, vocabulary);
  mark_unknown(contents.settings, vocabulary);
  if (vocabulary.kind == VocabularyKind::SentencePiece) {
    mark_bytes(vocabulary);
    vocabulary.scores.assign(vocabulary.pieces.size(), 0.0F);
  }
  vocabulary.merges = std::move(contents.merges);
  read_bos_template(contents.settings, vocabulary);
  add_usual_ends(vocabulary);
  return vocabulary;
}

Manifest read_tokenizer_alone(const std::vector<SourceFile>& files) {
  Manifest manifest;
  manifest.name = "tokenizer";
  manifest.vocabulary = read_tokenizer_json(files.front());
  if (files.size() > 1) {
    manifest.chat_template = read_tokenizer_config(files[1], manifest.vocabulary);
  }
  manifest.hyper.vocabulary = static_cast<uint32_t>(manifest.vocabulary.pieces.size());
  return manifest;
}

}  // namespace suan::engine
