#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/mutants.h"

namespace suan::testing {

/// A valid model as bytes: its files by name, and which of them (or the folder) is opened.
struct ModelBytes {
  std::map<std::string, std::string> files;
  std::string opened;  // empty: the folder
};

/// Reads what a writer has left in a folder.
[[nodiscard]] ModelBytes read_model(const std::filesystem::path& folder,
                                    const std::string& opened);

struct MutantReport {
  size_t accepted = 0;
  size_t refused = 0;
  std::vector<std::string> failures;  // sentences; empty is what is hoped for
  double slowest_s = 0;
  uint64_t memory_bytes_max = 0;  // of a whole child
};

/// Opens every mutant in child processes, two at a time: it must be refused with a
/// sentence, or become an engine that makes a token; in under 5 s, and (without
/// sanitizers) within the model's size plus 64 MiB of memory (M9).
[[nodiscard]] MutantReport run_mutants(const ModelBytes& model, const Mutants& mutants);

}  // namespace suan::testing
