#include "engine/weights/tiny_folder.h"

#include <algorithm>
#include <cmath>

#include "engine/weights/hf_names.h"
#include "engine/weights/json_text.h"
#include "engine/weights/output_file.h"
#include "engine/weights/quantize.h"
#include "engine/weights/refuse.h"
#include "engine/weights/safetensors_writer.h"
#include "engine/weights/tiny_tensors.h"

namespace suan::engine {
namespace {

/// Matrix by matrix as the folder will hold it: experts apart, RoPE's pairs where the family's
/// own code looks for them.
class Folder {
 public:
  Folder(const TinyModel& wish, const HyperParameters& hyper) : wish_(&wish), hyper_(&hyper) {}

  void add(const TinyTensor& tensor) {
    if (tensor.kind == TinyKind::RopeFactors) return;  // config.json tells them
    std::vector<float> values = tiny_values(*wish_, *hyper_, tensor);
    if (turns_halves(tensor)) to_halves(tensor, values);
    if (tensor.shape.size() < 3) {
      store(hf_name(tensor.name).value(), tensor, tensor.shape, values);
      return;
    }
    const std::vector<uint64_t> shape{tensor.shape[0], tensor.shape[1]};
    const size_t count = tensor.shape[0] * tensor.shape[1];
    const std::string stem = tensor.name.substr(0, tensor.name.rfind(".weight"));
    for (size_t expert = 0; expert < tensor.shape[2]; ++expert) {
      store(hf_name(fmt::format("{}.{}.weight", stem, expert)).value(), tensor, shape,
            std::span(values).subspan(expert * count, count));
    }
  }

  /// The prediction layer of real files repeats embedding and output.
  void add_copies(uint32_t layer) {
    copy("model.embed_tokens.weight",
         fmt::format("model.layers.{}.embed_tokens.weight", layer));
    copy("lm_head.weight", fmt::format("model.layers.{}.shared_head.head.weight", layer));
  }

  [[nodiscard]] std::vector<SafeTensor>& tensors() { return tensors_; }

 private:
  [[nodiscard]] bool turns_halves(const TinyTensor& tensor) const {
    return hyper_->architecture == "llama" &&
           (tensor.name.ends_with("attn_q.weight") || tensor.name.ends_with("attn_k.weight"));
  }

  /// GGUF's llama turns neighbouring rows of a head; Hugging Face's turns row i with i + half.
  void to_halves(const TinyTensor& tensor, std::vector<float>& values) const {
    const size_t columns = tensor.shape[0];
    const size_t half = hyper_->head_dim / 2;
    const std::vector<float> adjacent = values;
    for (size_t row = 0; row < tensor.shape[1]; ++row) {
      const size_t head = row / hyper_->head_dim * hyper_->head_dim;
      const size_t pair = row % half;
      const size_t side = row % hyper_->head_dim / half;
      const auto from =
          adjacent.begin() + static_cast<ptrdiff_t>((head + 2 * pair + side) * columns);
      std::copy_n(from, columns, values.begin() + static_cast<ptrdiff_t>(row * columns));
    }
  }

  [[nodiscard]] TensorType type_of(const std::string& name, const TinyTensor& tensor) const {
    if (tensor.kind != TinyKind::Weight) return TensorType::F32;
    const bool is_linear = !name.ends_with("embed_tokens.weight") && name != "lm_head.weight";
    if (wish_->type != TensorType::F8E4M3 || is_linear) return wish_->type;
    return TensorType::BF16;
  }

  void store(const std::string& name,
             const TinyTensor& tensor,
             const std::vector<uint64_t>& shape,
             std::span<const float> values) {
    SafeTensor stored{.name = name,
                      .type = type_of(name, tensor),
                      .shape = {shape.rbegin(), shape.rend()},
                      .bytes = {}};
    stored.bytes.resize(*tensor_bytes(stored.type, shape));
    if (stored.type == TensorType::F8E4M3) {
      store_scaled(stored, values);
    } else {
      quantize(stored.type, values, stored.bytes.data());
      tensors_.push_back(std::move(stored));
    }
  }

  /// FP8 with a scale for each square, by which its largest value becomes 448.
  void store_scaled(SafeTensor& stored, std::span<const float> values) {
    const size_t rows = stored.shape[0];
    const size_t columns = stored.shape[1];
    const auto blocks = [](size_t extent) { return (extent + kScaleBlock - 1) / kScaleBlock; };
    std::vector<float> scales(blocks(rows) * blocks(columns), 0);
    const auto scale_of = [&](size_t row, size_t column) -> float& {
      return scales[row / kScaleBlock * blocks(columns) + column / kScaleBlock];
    };
    for (size_t i = 0; i < values.size(); ++i) {
      float& scale = scale_of(i / columns, i % columns);
      scale = std::max(scale, std::fabs(values[i]) / 448);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      stored.bytes[i] = f8_e4m3_of_float(values[i] / scale_of(i / columns, i % columns));
    }
    SafeTensor beside{.name = stored.name + "_scale_inv",
                      .type = TensorType::F32,
                      .shape = {blocks(rows), blocks(columns)},
                      .bytes = {}};
    beside.bytes.resize(scales.size() * sizeof(float));
    quantize(TensorType::F32, scales, beside.bytes.data());
    tensors_.push_back(std::move(stored));
    tensors_.push_back(std::move(beside));
  }

  void copy(const std::string& from, const std::string& to) {
    const auto found = std::ranges::find(tensors_, from, &SafeTensor::name);
    if (found == tensors_.end()) return;
    SafeTensor repeated = *found;
    repeated.name = to;
    tensors_.push_back(std::move(repeated));
  }

  const TinyModel* wish_;
  const HyperParameters* hyper_;
  std::vector<SafeTensor> tensors_;
};

void write_text(const std::filesystem::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.finish();
}

/// One file, or several and an index that says where each tensor lies.
void write_weights(const std::filesystem::path& folder,
                   const std::vector<SafeTensor>& tensors,
                   uint32_t shards) {
  if (shards == 1) {
    write_safetensors(folder / "model.safetensors", tensors);
    return;
  }
  const size_t share = (tensors.size() + shards - 1) / shards;
  JsonObject map;
  uint64_t bytes = 0;
  for (uint32_t number = 0; number < shards; ++number) {
    const auto name = fmt::format("model-{:05}-of-{:05}.safetensors", number + 1, shards);
    const size_t first = std::min(number * share, tensors.size());
    const size_t last = std::min(first + share, tensors.size());
    write_safetensors(folder / name, {tensors.begin() + static_cast<ptrdiff_t>(first),
                                      tensors.begin() + static_cast<ptrdiff_t>(last)});
    for (size_t i = first; i < last; ++i) {
      map.text(tensors[i].name, name);
      bytes += tensors[i].bytes.size();
    }
  }
  write_text(folder / "model.safetensors.index.json",
             JsonObject()
                     .raw("metadata", JsonObject().number("total_size", bytes).str())
                     .raw("weight_map", map.str())
                     .str() +
                 '\n');
}

void check(const TinyModel& wish) {
  if (*block_type(wish.type).safetensors == '\0') {
    refuse("make-tiny", "a folder of safetensors cannot hold {}", name_of(wish.type));
  }
  if (wish.is_joined) {
    refuse("make-tiny", "a folder always holds MLA's weights joined; only GGUF has two forms");
  }
}

}  // namespace

std::filesystem::path write_tiny_folder(const TinyModel& wish,
                                        const std::filesystem::path& folder) {
  check(wish);
  const Manifest manifest = tiny_manifest(wish);
  Folder tensors(wish, manifest.hyper);
  for (const TinyTensor& tensor : tiny_tensors(wish, manifest.hyper))
    tensors.add(tensor);
  if (wish.has_prediction) tensors.add_copies(manifest.hyper.layers);

  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error) refuse(folder.filename().string(), "cannot be made: {}", error.message());
  write_text(folder / "config.json", tiny_config_json(wish, manifest));
  write_weights(folder, tensors.tensors(), wish.shards);
  if (manifest.vocabulary.kind == VocabularyKind::SentencePiece) {
    write_text(folder / "tok512.bin", tiny_tok512(manifest.vocabulary));
    return folder;
  }
  write_text(folder / "tokenizer.json", tiny_tokenizer_json(manifest));
  write_text(folder / "tokenizer_config.json", tiny_tokenizer_config_json(manifest));
  return folder;
}

}  // namespace suan::engine
