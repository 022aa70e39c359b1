#pragma once

#include <string>

#include "engine/weights/gguf.h"

namespace suan::engine {

/// Reads the hyper-parameters of one architecture, `general.architecture` of the file.
///
/// What only tensors tell (the rank of queries, the factors of RoPE) is the caller's to add;
/// `layers` still counts the blocks that predict further tokens. A vocabulary of 0: not said.
/// Errors:   ModelError, also for an architecture that is not in the list
/// Source:   llama.cpp `llama-arch.cpp` and `llama-hparams.cpp` for keys and their defaults
[[nodiscard]] HyperParameters read_gguf_hyper(const GgufFile& file,
                                              const std::string& architecture);

}  // namespace suan::engine
