#pragma once

#include "cli/command.h"
#include "cli/model_work.h"
#include "engine/weights/convert.h"
#include "engine/weights/tiny_model.h"

namespace suan::cli {

/// What `suan model convert` is asked for.
struct ConvertCommand : ModelOptions {
  std::string out;
  std::string type;       // empty: as stored
  std::string text_file;  // to measure perplexity with; empty: none
  bool as_json = false;
};

/// Converts, with the loss on the text before and after where there is one. Progress goes to
/// stderr, the result to stdout.
///
/// Errors: Failure, ModelError
int convert(const ConvertCommand& wish);

/// `q4_k` and the like; Failure that names the nearest type otherwise.
[[nodiscard]] engine::TensorType type_of_name(const std::string& name,
                                              const std::vector<std::string_view>& known);

/// Adds `convert` and `make-tiny` to `suan model`.
void add_model_file_commands(CLI::App& model, Commands& commands);

}  // namespace suan::cli
