#include "engine/weights/manifest.h"

#include <algorithm>

#include <fmt/format.h>

namespace suan::engine {
namespace {

constexpr std::string_view kScaleSuffix = "_scale_inv";

std::optional<TensorEntry> slice_of_stack(const TensorEntry& stack, uint32_t expert) {
  if (stack.shape.size() == 2 && expert == 0) return stack;  // of a single expert
  if (stack.shape.size() != 3 || expert >= stack.shape[2]) return std::nullopt;
  TensorEntry slice = stack;
  slice.shape.pop_back();
  slice.bytes = stack.bytes / stack.shape[2];
  slice.offset = stack.offset + slice.bytes * expert;
  return slice;
}

}  // namespace

std::optional<uint64_t> tensor_bytes(TensorType type, const std::vector<uint64_t>& shape) {
  const Block block = block_of(type);
  if (shape.empty() || shape[0] % block.elements != 0) return std::nullopt;
  uint64_t bytes = shape[0] / block.elements;
  if (__builtin_mul_overflow(bytes, block.bytes, &bytes)) return std::nullopt;
  for (size_t i = 1; i < shape.size(); ++i) {
    if (__builtin_mul_overflow(bytes, shape[i], &bytes)) return std::nullopt;
  }
  return bytes;
}

const TensorEntry* Manifest::find(std::string_view wanted) const {
  const auto found = std::ranges::lower_bound(tensors, wanted, {}, &TensorEntry::name);
  return found != tensors.end() && found->name == wanted ? &*found : nullptr;
}

void sort_tensors(Manifest& manifest) {
  std::ranges::sort(manifest.tensors, {}, &TensorEntry::name);
}

std::optional<TensorEntry> expert_entry(const Manifest& manifest,
                                        std::string_view stem,
                                        uint32_t expert) {
  if (const TensorEntry* stack = manifest.find(fmt::format("{}.weight", stem))) {
    return slice_of_stack(*stack, expert);
  }
  const TensorEntry* alone = manifest.find(fmt::format("{}.{}.weight", stem, expert));
  return alone != nullptr ? std::optional(*alone) : std::nullopt;
}

std::optional<TensorEntry> scale_entry(const Manifest& manifest, const TensorEntry& weight) {
  if (weight.type != TensorType::F8E4M3) return std::nullopt;
  const TensorEntry* whole = manifest.find(weight.name);
  const TensorEntry* scales = manifest.find(fmt::format("{}{}", weight.name, kScaleSuffix));
  if (whole == nullptr || scales == nullptr) return std::nullopt;
  if (whole->shape.size() == weight.shape.size()) return *scales;
  const uint64_t expert = (weight.offset - whole->offset) / weight.bytes;
  return slice_of_stack(*scales, static_cast<uint32_t>(expert));
}

}  // namespace suan::engine
