#pragma once

#include <filesystem>

namespace suan::testing {

/// A GGUF file of DeepSeek-V3's size (671 G parameters in Q4_K, some in Q8_0 and F32) with a true
/// header, its vocabulary's length included; the weights are a hole in the file.
///
/// Source:   engine.md section 1
std::filesystem::path write_deepseek_v3_gguf(const std::filesystem::path& folder);

/// The same model, with the block that predicts, as DeepSeek published it: FP8 with scales in 8
/// safetensors files, some 93,000 tensors and an index. Returns the folder.
std::filesystem::path write_deepseek_v3_folder(const std::filesystem::path& folder);

}  // namespace suan::testing
