#include "engine/weights/convert_plan.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "engine/weights/dequantize.h"
#include "engine/weights/gguf_keys.h"

namespace suan::engine {
namespace {

/// Reads rows of one stored tensor as floats, FP8 with its scales.
class Rows {
 public:
  Rows(const ModelFile& model, const TensorEntry& entry)
      : data_(model.data(entry)),
        type_(entry.type),
        columns_(entry.shape[0]),
        row_bytes_(columns_ / block_of(type_).elements * block_of(type_).bytes) {
    const auto scales = scale_entry(model.manifest(), entry);
    if (scales) scales_ = model.data(*scales);
  }

  [[nodiscard]] uint64_t columns() const { return columns_; }

  [[nodiscard]] const unsigned char* bytes(uint64_t row) const {
    return data_ + row * row_bytes_;
  }

  void read(uint64_t row, std::span<float> values) const {
    dequantize(type_, bytes(row), values);
    if (scales_ == nullptr) return;
    const uint64_t blocks = (columns_ + kScaleBlock - 1) / kScaleBlock;
    const unsigned char* of_row = scales_ + row / kScaleBlock * blocks * sizeof(float);
    for (size_t i = 0; i < values.size(); ++i) {
      float scale = 0;
      std::memcpy(&scale, of_row + i / kScaleBlock * sizeof(float), sizeof scale);
      values[i] *= scale;
    }
  }

 private:
  const unsigned char* data_;
  TensorType type_;
  uint64_t columns_;
  uint64_t row_bytes_;
  const unsigned char* scales_ = nullptr;
};

uint64_t product(std::span<const uint64_t> extents) {
  uint64_t count = 1;
  for (const uint64_t extent : extents)
    count *= extent;
  return count;
}

/// Where GGUF's llama has the row that halves-pairing code keeps at `row` of its head.
///
/// Pair i of halves is (i, i + n/2) of the n turned rows, of neighbours (2i, 2i + 1).
uint64_t halves_row(uint64_t row, const HyperParameters& hyper) {
  const uint64_t inside = row % hyper.head_dim;
  if (inside >= hyper.rope_dim) return row;
  return row - inside + inside / 2 + inside % 2 * (hyper.rope_dim / 2);
}

class Planner {
 public:
  Planner(const ModelFile& model, const ConvertWish& wish)
      : model_(&model), manifest_(&model.manifest()), wish_(&wish) {}

  void plan() {
    for (const TensorEntry& entry : manifest_->tensors)
      add(entry);
    const HyperParameters& hyper = manifest_->hyper;
    const bool is_stored = manifest_->find("rope_freqs.weight") != nullptr;
    if (!hyper.rope_factors.empty() && !has_even_factors(hyper) && !is_stored)
      add_rope_factors();
  }

  [[nodiscard]] std::vector<PlannedTensor>& tensors() { return tensors_; }

 private:
  void add(const TensorEntry& entry) {
    if (entry.name.ends_with("_scale_inv")) return;  // goes into the weights
    if (entry.name.ends_with("attn_kv_b.weight")) {
      add_split(entry);
    } else if (const auto expert = expert_of(entry.name)) {
      if (*expert == 0) add_stack(entry);
    } else if (turns_pairs(entry.name)) {
      add_turned(entry);
    } else {
      add_rows(entry.name, {entry}, entry.shape);
    }
  }

  /// The number in `blk.3.ffn_up_exps.7.weight`.
  static std::optional<uint32_t> expert_of(const std::string& name) {
    constexpr std::string_view kMark = "_exps.";
    const size_t at = name.find(kMark);
    if (at == std::string::npos) return std::nullopt;
    uint32_t expert = 0;
    const char* first = name.data() + at + kMark.size();
    const auto parsed = std::from_chars(first, name.data() + name.size(), expert);
    return parsed.ec == std::errc() ? std::optional(expert) : std::nullopt;
  }

  void add_stack(const TensorEntry& first) {
    const std::string stem = first.name.substr(0, first.name.find("_exps.") + 5);
    std::vector<TensorEntry> parts;
    for (uint32_t expert = 0; expert < manifest_->hyper.experts; ++expert)
      parts.push_back(expert_entry(*manifest_, stem, expert).value());
    add_rows(stem + ".weight", parts, {first.shape[0], first.shape[1], parts.size()});
  }

  /// Tensors of equal shape one behind the other, row by row.
  void add_rows(const std::string& name,
                const std::vector<TensorEntry>& parts,
                const std::vector<uint64_t>& shape) {
    std::vector<Rows> rows;
    for (const TensorEntry& part : parts)
      rows.emplace_back(*model_, part);
    const uint64_t part_rows = product(std::span(parts[0].shape).subspan(1));
    const bool are_alike = std::ranges::all_of(
        parts, [&](const TensorEntry& part) { return part.type == parts[0].type; });
    PlannedTensor& tensor = start(name, parts[0].type, shape, shape[0]);
    if (are_alike && tensor.type == parts[0].type) {
      tensor.stored = [rows, part_rows](uint64_t row) {
        return rows[row / part_rows].bytes(row % part_rows);
      };
    }
    tensor.read = [rows = std::move(rows), part_rows](uint64_t row, std::span<float> values) {
      rows[row / part_rows].read(row % part_rows, values);
    };
  }

  /// Only GGUF's llama must turn neighbours; the other architectures that pair halves stay so.
  [[nodiscard]] bool turns_pairs(const std::string& name) const {
    const HyperParameters& hyper = manifest_->hyper;
    const bool wants_adjacent =
        hyper.architecture == "llama" || hyper.architecture == "stories-moe";
    if (!wants_adjacent || hyper.rope_is_adjacent) return false;
    return name.find(".attn_q.") != std::string::npos ||
           name.find(".attn_k.") != std::string::npos;
  }

  void add_turned(const TensorEntry& entry) {
    const Rows rows(*model_, entry);
    const HyperParameters& hyper = manifest_->hyper;
    PlannedTensor& tensor = start(entry.name, entry.type, entry.shape, entry.shape[0]);
    if (entry.shape.size() == 1) {  // a bias: its elements are the rows
      tensor.read = [rows, &hyper](uint64_t /*row*/, std::span<float> values) {
        std::vector<float> halves(values.size());
        rows.read(0, halves);
        for (size_t i = 0; i < values.size(); ++i)
          values[i] = halves[halves_row(i, hyper)];
      };
      return;
    }
    tensor.read = [rows, &hyper](uint64_t row, std::span<float> values) {
      rows.read(halves_row(row, hyper), values);
    };
    if (tensor.type != entry.type) return;
    tensor.stored = [rows, &hyper](uint64_t row) { return rows.bytes(halves_row(row, hyper)); };
  }

  /// attn_kv_b [heads * (nope + value), rank] as attn_k_b [heads, rank, nope], transposed for each
  /// head so that queries are absorbed by a plain product, and attn_v_b [heads, value, rank].
  void add_split(const TensorEntry& joined) {
    const HyperParameters& hyper = manifest_->hyper;
    const std::string layer = joined.name.substr(0, joined.name.find("attn_kv_b"));
    const Rows rows(*model_, joined);
    const uint64_t rank = hyper.kv_lora;
    const uint64_t nope = hyper.nope_dim;
    const uint64_t value = hyper.value_dim;

    PlannedTensor& keys =
        start(layer + "attn_k_b.weight", joined.type, {nope, rank, hyper.heads}, nope * rank);
    keys.read = [rows, rank, nope, value](uint64_t head, std::span<float> values) {
      std::vector<float> row(rank);
      for (uint64_t i = 0; i < nope; ++i) {
        rows.read(head * (nope + value) + i, row);
        for (uint64_t column = 0; column < rank; ++column)
          values[column * nope + i] = row[column];
      }
    };
    PlannedTensor& out =
        start(layer + "attn_v_b.weight", joined.type, {rank, value, hyper.heads}, rank);
    const auto row_of = [nope, value](uint64_t row) {
      return row / value * (nope + value) + nope + row % value;
    };
    out.read = [rows, row_of](uint64_t row, std::span<float> values) {
      rows.read(row_of(row), values);
    };
    if (out.type == joined.type) {
      out.stored = [rows, row_of](uint64_t row) { return rows.bytes(row_of(row)); };
    }
  }

  void add_rope_factors() {
    const std::vector<float>& factors = manifest_->hyper.rope_factors;
    PlannedTensor& tensor =
        start("rope_freqs.weight", TensorType::F32, {factors.size()}, factors.size());
    tensor.read = [&factors](uint64_t /*row*/, std::span<float> values) {
      std::ranges::copy(factors, values.begin());
    };
  }

  PlannedTensor& start(const std::string& name,
                       TensorType stored,
                       const std::vector<uint64_t>& shape,
                       uint64_t group_values) {
    PlannedTensor tensor;
    tensor.name = name;
    tensor.shape = shape;
    tensor.type = planned_type(*manifest_, name, shape, stored, wish_->type);
    if (!tensor_bytes(tensor.type, shape)) tensor.type = TensorType::F16;  // split: other rows
    tensor.group_values = group_values;
    tensor.groups = product(shape) / group_values;
    return tensors_.emplace_back(std::move(tensor));
  }

  const ModelFile* model_;
  const Manifest* manifest_;
  const ConvertWish* wish_;
  std::vector<PlannedTensor> tensors_;
};

}  // namespace

std::vector<PlannedTensor> plan_tensors(const ModelFile& model, const ConvertWish& wish) {
  Planner planner(model, wish);
  planner.plan();
  return std::move(planner.tensors());
}

}  // namespace suan::engine
