#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "engine/weights/model_file.h"

namespace suan::engine {

/// How a model is stored anew.
struct ConvertWish {
  std::optional<TensorType> type;  // of matrices; nothing: as they are, FP8 as bf16
  uint32_t threads = 1;
};

/// Called after each piece of work with the bytes written so far, and those of the whole.
using ConvertProgress = std::function<void(uint64_t done, uint64_t total)>;

/// Writes any model that can be opened as one GGUF file (version 3) that other readers of GGUF
/// understand: experts stacked, MLA's key and value weights split, RoPE's pairs where GGUF has
/// them, rotary factors and vocabulary inside.
///
/// Norms, routers and biases are f32. Rows that are no whole number of blocks stay f16. With types
/// of 4 and 5 bits the output matrix, on which every token depends, has 6 or 8.
/// Memory is that of a few rows, beside the mapped input.
/// Errors:   ModelError: the output exists, the disk is full, weights that are no numbers, a model
///           without weights
void convert_model(const ModelFile& model,
                   const std::filesystem::path& out,
                   const ConvertWish& wish,
                   const ConvertProgress& on_progress);

/// The types that `convert_model` can store, by name.
[[nodiscard]] std::vector<std::string_view> convertible_types();

}  // namespace suan::engine
