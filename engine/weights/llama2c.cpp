#include "engine/weights/llama2c.h"

#include <array>
#include <cstdlib>

#include "engine/tokenizer/pieces.h"
#include "engine/weights/byte_reader.h"
#include "engine/weights/checks.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr uint64_t kHeaderBytes = 7 * sizeof(int32_t);

/// One kind of tensor: all layers lie one behind the other.
struct Part {
  const char* name;  // after `blk.N.`, or the whole name
  uint64_t columns;
  uint64_t rows;  // 0: a vector
  bool is_per_layer;
};

/// Adds tensors from where the last one ended.
class Layout {
 public:
  Layout(Manifest& manifest, const SourceFile& file) : manifest_(&manifest), file_(&file) {}

  void add(const Part& part) {
    const uint32_t layers = part.is_per_layer ? manifest_->hyper.layers : 1;
    for (uint32_t layer = 0; layer < layers; ++layer) {
      TensorEntry entry{
          .name = part.is_per_layer ? fmt::format("blk.{}.{}", layer, part.name) : part.name,
          .type = TensorType::F32,
          .shape = {part.columns},
          .file = 0,
          .offset = offset_,
          .bytes = 0};
      if (part.rows > 0) entry.shape.push_back(part.rows);
      entry.bytes = *tensor_bytes(entry.type, entry.shape);  // header fields are bounded
      skip(entry.bytes, part.name);
      manifest_->tensors.push_back(std::move(entry));
    }
  }

  void skip(uint64_t bytes, const char* what) {
    const uint64_t left = file_->bytes.size() - offset_;
    if (bytes > left) {
      refuse(file_->name, "{} at byte {} needs {} bytes, but {} are left", what, offset_, bytes,
             left);
    }
    offset_ += bytes;
  }

  [[nodiscard]] uint64_t end() const { return offset_; }

 private:
  Manifest* manifest_;
  const SourceFile* file_;
  uint64_t offset_ = kHeaderBytes;
};

uint32_t header_field(ByteReader& reader, const char* what, int32_t limit) {
  const auto value = reader.number<int32_t>(what);
  if (value < 1 || value > limit) {
    refuse(reader.file(), "{} is {}, allowed is 1 to {}", what, value, limit);
  }
  return static_cast<uint32_t>(value);
}

/// Returns whether the output shares the embedding's matrix.
bool read_header(ByteReader& reader, HyperParameters& hyper) {
  hyper.architecture = "llama";
  hyper.dim = header_field(reader, "dim", 1 << 17);
  hyper.ff_dim = header_field(reader, "hidden_dim", 1 << 20);
  hyper.layers = header_field(reader, "n_layers", 512);
  hyper.heads = header_field(reader, "n_heads", 1024);
  hyper.kv_heads = header_field(reader, "n_kv_heads", 1024);
  const auto vocabulary = reader.number<int32_t>("vocab_size");
  if (vocabulary == 0 || std::abs(int64_t{vocabulary}) > int64_t{kVocabularyMax}) {
    refuse(reader.file(), "vocab_size is {}, allowed is 1 to {}, or its negative", vocabulary,
           kVocabularyMax);
  }
  hyper.vocabulary = static_cast<uint32_t>(std::abs(vocabulary));
  hyper.context_tokens = header_field(reader, "seq_len", 1 << 24);
  if (hyper.dim % hyper.heads != 0) {
    refuse(reader.file(), "dim {} is no multiple of n_heads {}", hyper.dim, hyper.heads);
  }
  hyper.head_dim = hyper.dim / hyper.heads;
  hyper.rope_dim = hyper.head_dim;
  hyper.rope_base = 10000.0F;  // run.c knows no others
  hyper.norm_eps = 1e-5F;
  return vocabulary > 0;
}

void add_tensors(Layout& layout, const HyperParameters& hyper, bool is_tied) {
  const uint64_t dim = hyper.dim;
  const uint64_t kv_dim = uint64_t{hyper.kv_heads} * hyper.head_dim;
  const uint64_t ff = hyper.ff_dim;
  const std::array parts = {
      Part{"token_embd.weight", dim, hyper.vocabulary, false},
      Part{"attn_norm.weight", dim, 0, true},
      Part{"attn_q.weight", dim, dim, true},
      Part{"attn_k.weight", dim, kv_dim, true},
      Part{"attn_v.weight", dim, kv_dim, true},
      Part{"attn_output.weight", dim, dim, true},
      Part{"ffn_norm.weight", dim, 0, true},
      Part{"ffn_gate.weight", dim, ff, true},
      Part{"ffn_down.weight", ff, dim, true},
      Part{"ffn_up.weight", dim, ff, true},
      Part{"output_norm.weight", dim, 0, false},
  };
  for (const Part& part : parts)
    layout.add(part);

  const uint64_t table = uint64_t{hyper.context_tokens} * (hyper.head_dim / 2) * sizeof(float);
  layout.skip(table, "RoPE cosines");
  layout.skip(table, "RoPE sines");
  if (!is_tied) layout.add({"output.weight", dim, hyper.vocabulary, false});
}

}  // namespace

Manifest read_llama2c(const std::vector<SourceFile>& files) {
  const SourceFile& checkpoint = files.front();
  ByteReader reader(checkpoint.name, checkpoint.bytes);
  Manifest manifest;
  manifest.name = checkpoint.name.substr(0, checkpoint.name.rfind('.'));
  const bool is_tied = read_header(reader, manifest.hyper);

  Layout layout(manifest, checkpoint);
  add_tensors(layout, manifest.hyper, is_tied);
  if (layout.end() != checkpoint.bytes.size()) {
    refuse(checkpoint.name, "the header describes {} bytes, but the file has {}", layout.end(),
           checkpoint.bytes.size());
  }
  if (files.size() > 1) {
    manifest.vocabulary = read_llama2c_vocabulary(files[1], manifest.hyper.vocabulary);
  }
  return manifest;
}

Vocabulary read_llama2c_vocabulary(const SourceFile& file, uint32_t size) {
  ByteReader reader(file.name, file.bytes);
  Vocabulary vocabulary;
  vocabulary.kind = VocabularyKind::SentencePiece;
  vocabulary.bos = 1;
  vocabulary.ends = {1, 2};
  static_cast<void>(reader.number<int32_t>("longest piece"));  // a hint of run.c
  for (uint32_t id = 0; id < size; ++id) {
    const auto score = reader.number<float>("score");
    const auto length = reader.number<int32_t>("piece length");
    if (length < 0 || uint64_t(length) > kStringBytesMax) {
      refuse(file.name, "piece {} is {} bytes long, allowed is 0 to {}", id, length,
             kStringBytesMax);
    }
    const std::string_view piece = reader.text(static_cast<uint64_t>(length), "piece");
    vocabulary.scores.push_back(score);
    vocabulary.types.push_back(id == 0   ? kUnknownPiece
                               : id <= 2 ? kControlPiece
                                         : type_of_piece(piece));
    vocabulary.pieces.push_back(with_marked_spaces(piece));
  }
  if (reader.left() > 0) {
    refuse(file.name, "{} bytes follow the {} pieces that the model has", reader.left(), size);
  }
  return vocabulary;
}

}  // namespace suan::engine
