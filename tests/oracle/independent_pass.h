#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace suan::engine {

/// What a model says of a text, all positions one after another.
struct Logits {
  std::vector<double> main;         // [tokens, vocabulary]
  std::vector<double> predictions;  // [tokens - 1, vocabulary]; empty without a prediction head
};

/// What a command prints; nothing when it does not start.
[[nodiscard]] std::string output_of(const std::string& command);

/// Why `run_oracle` cannot run here; empty if it can.
[[nodiscard]] std::string why_no_oracle();

/// Runs oracle.py in a process of its own. Throws std::runtime_error when it fails.
[[nodiscard]] Logits run_oracle(const std::filesystem::path& model,
                                const std::vector<int32_t>& tokens);

}  // namespace suan::engine
