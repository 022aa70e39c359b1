#include "bench/scenario/models_file.h"

#include <array>

#include "catalog/types/text.h"

namespace suan::bench {

namespace {

struct WeightSize {
  std::string_view quantization;
  double bytes = 0;
};

// GGUF's blocks: bytes of a block over its weights (ggml-common.h). Int4: 4 bits and a 16-bit
// scale and zero point for 128 weights.
constexpr std::array kWeightSizes = {
    WeightSize{"none", 2},
    WeightSize{"BF16", 2},
    WeightSize{"F16", 2},
    WeightSize{"fp8", 1},
    WeightSize{"FP8", 1},
    WeightSize{"Int8", 1.03},
    WeightSize{"Int4", 0.53},
    WeightSize{"Q8_0", 34.0 / 32},
    WeightSize{"Q6_K", 210.0 / 256},
    WeightSize{"Q4_K_M", 4.85 / 8},
    WeightSize{"Q4_0", 18.0 / 32},
};

}  // namespace

Result<std::vector<ListedModel>> read_models(NamedText file) {
  auto table = CsvTable::read(std::move(file), {"model_name", "size_b", "activated_b", "format",
                                                "quantizations", "context_length"});
  if (!table) return forward(table.error());
  std::vector<ListedModel> models;
  models.reserve(table->rows());
  for (size_t row = 0; row < table->rows() && !table->error(); ++row) {
    ListedModel& added = models.emplace_back();
    added.name = printable(table->cell(row, 0), 64);
    added.parameters_b = table->number(row, 1, 0.001, 100'000);
    added.parameters_active_b = table->is_empty(row, 2)
                                    ? added.parameters_b
                                    : table->number(row, 2, 0.001, added.parameters_b);
    added.format = printable(table->cell(row, 3), 32);
    added.quantizations = printable(table->cell(row, 4), 500);
    added.context_tokens = table->whole(row, 5, 1, 1U << 24U);
  }
  if (table->error()) return forward(*table->error());
  return models;
}

std::optional<double> bytes_per_weight(std::string_view format, std::string_view quantization) {
  const bool has_one = quantization.empty() && (format == "pytorch" || format == "fp8");
  const std::string_view wanted =
      has_one ? (format == "fp8" ? std::string_view("fp8") : std::string_view("none"))
              : quantization;
  for (const WeightSize& each : kWeightSizes) {
    if (each.quantization == wanted) return each.bytes;
  }
  return std::nullopt;
}

}  // namespace suan::bench
