#include "engine/weights/tiny_model.h"

#include <algorithm>
#include <functional>

#include "engine/weights/gguf_keys.h"
#include "engine/weights/gguf_writer.h"
#include "engine/weights/quantize.h"
#include "engine/weights/refuse.h"
#include "engine/weights/tiny_tensors.h"

namespace suan::engine {
namespace {

/// A tensor as the file will hold it.
struct Stored {
  std::string name;
  std::vector<uint64_t> shape;
  TensorType type{};
  std::vector<float> values;
};

TensorType stored_type(const TinyModel& wish, const TinyTensor& tensor) {
  if (tensor.kind != TinyKind::Weight) return TensorType::F32;
  return tensor_bytes(wish.type, tensor.shape) ? wish.type : TensorType::F16;
}

Stored stored(const TinyModel& wish, const TinyTensor& tensor, std::vector<float> values) {
  return {tensor.name, tensor.shape, stored_type(wish, tensor), std::move(values)};
}

/// attn_kv_b [heads * (nope + value), rank] as attn_k_b [heads, rank, nope] and
/// attn_v_b [heads, value, rank].
void add_split(const TinyModel& wish,
               const HyperParameters& hyper,
               const Stored& joined,
               std::vector<Stored>& all) {
  const std::string layer = joined.name.substr(0, joined.name.find("attn_kv_b"));
  const size_t rank = hyper.kv_lora;
  const size_t nope = hyper.nope_dim;
  const size_t value = hyper.value_dim;
  TinyTensor key{layer + "attn_k_b.weight", {nope, rank}, TinyKind::Weight};
  TinyTensor values{layer + "attn_v_b.weight", {rank, value}, TinyKind::Weight};
  if (hyper.heads > 1) {
    key.shape.push_back(hyper.heads);
    values.shape.push_back(hyper.heads);
  }
  std::vector<float> key_floats;
  std::vector<float> value_floats;
  for (size_t head = 0; head < hyper.heads; ++head) {
    const float* rows = joined.values.data() + head * (nope + value) * rank;
    for (size_t column = 0; column < rank; ++column) {
      for (size_t row = 0; row < nope; ++row)
        key_floats.push_back(rows[row * rank + column]);
    }
    value_floats.insert(value_floats.end(), rows + nope * rank, rows + (nope + value) * rank);
  }
  all.push_back(stored(wish, key, std::move(key_floats)));
  all.push_back(stored(wish, values, std::move(value_floats)));
}

std::vector<Stored> stored_tensors(const TinyModel& wish, const HyperParameters& hyper) {
  std::vector<Stored> all;
  for (const TinyTensor& tensor : tiny_tensors(wish, hyper)) {
    Stored each = stored(wish, tensor, tiny_values(wish, hyper, tensor));
    if (tensor.name.ends_with("attn_kv_b.weight") && !wish.is_joined) {
      add_split(wish, hyper, each, all);
    } else {
      all.push_back(std::move(each));
    }
  }
  return all;
}

void write_file(const std::filesystem::path& path,
                std::span<const Stored> tensors,
                const std::function<void(GgufWriter&)>& write_all_keys) {
  GgufWriter file(path);
  write_all_keys(file);
  for (const Stored& tensor : tensors)
    file.tensor(tensor.name, tensor.type, tensor.shape);
  file.begin_data();
  std::vector<unsigned char> bytes;
  for (const Stored& tensor : tensors) {
    bytes.resize(*tensor_bytes(tensor.type, tensor.shape));
    quantize(tensor.type, tensor.values, bytes.data());
    file.write(bytes);
  }
  file.finish();
}

/// Keys of a file that is one of several, in the types that other readers insist on. Its number
/// counts from 0, though names count from 1.
void write_split_keys(GgufWriter& file, uint32_t number, uint32_t count, size_t tensors) {
  file.short_whole("split.no", static_cast<uint16_t>(number));
  file.short_whole("split.count", static_cast<uint16_t>(count));
  file.signed_whole("split.tensors.count", static_cast<int32_t>(tensors));
}

}  // namespace

std::filesystem::path write_tiny_gguf(const TinyModel& wish, const std::filesystem::path& out) {
  const Manifest manifest = tiny_manifest(wish);
  const std::vector<Stored> tensors = stored_tensors(wish, manifest.hyper);
  const auto write_model_keys = [&](GgufWriter& file) {
    write_keys(file, manifest, wish.type,
               wish.is_joined ? LatentForm::Joined : LatentForm::Split);
  };
  if (wish.shards == 1) {
    write_file(out, tensors, write_model_keys);
    return out;
  }
  const std::string stem = out.stem().string();
  const size_t share = (tensors.size() + wish.shards - 1) / wish.shards;
  const auto part = [&](uint32_t number) {
    return out.parent_path() /
           fmt::format("{}-{:05}-of-{:05}.gguf", stem, number + 1, wish.shards);
  };
  for (uint32_t number = 0; number < wish.shards; ++number) {
    const size_t first = std::min(number * share, tensors.size());
    const size_t count = std::min(share, tensors.size() - first);
    write_file(part(number), std::span(tensors).subspan(first, count), [&](GgufWriter& file) {
      if (number == 0) write_model_keys(file);
      write_split_keys(file, number, wish.shards, tensors.size());
    });
  }
  return part(0);
}

}  // namespace suan::engine
