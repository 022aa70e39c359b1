#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/scenario/csv.h"
#include "catalog/types/result.h"

namespace suan::bench {

/// One family, size and format of a model catalog.
struct ListedModel {
  std::string name;
  double parameters_b = 0;         // 1e9, all
  double parameters_active_b = 0;  // for one token; all of a dense model's
  std::string format;              // pytorch, fp8, gptq, awq, ggufv2, ...
  std::string quantizations;       // none, Int4|Int8, ...
  uint32_t context_tokens = 0;
};

/// Reads `model_name,size_b,activated_b,format,quantizations,context_length`.
///
/// Errors:   BadRequest  file, line and what must hold
[[nodiscard]] Result<std::vector<ListedModel>> read_models(NamedText file);

/// Bytes that a weight takes in memory, scales of its block included; nothing: not known here.
/// `quantization` names one of a format that has several.
[[nodiscard]] std::optional<double> bytes_per_weight(std::string_view format,
                                                     std::string_view quantization);

}  // namespace suan::bench
