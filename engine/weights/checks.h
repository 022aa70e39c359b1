#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/manifest.h"

namespace suan::engine {

struct FileLength {
  std::string name;
  uint64_t bytes = 0;
};

/// Limits of reliability.md M2.
constexpr uint64_t kTensorsMax = 262'144;
constexpr uint64_t kEntriesInFileMax = 65'536;  // tensors, or key-values, of one file
constexpr uint64_t kStringBytesMax = 1 << 20;
constexpr uint64_t kNameBytesMax = 256;
constexpr uint64_t kDimensionsMax = 4;
constexpr uint64_t kVocabularyMax = 1 << 20;
constexpr uint64_t kFilesMax = 1024;
constexpr uint32_t kHeadDimMax = 1 << 13;

/// Checks a manifest as if nobody had before: the reader calls it, and the parent of the reader
/// process calls it again on what the child sent.
///
/// Requires: tensors sorted by name, else the sentence says that they are not.
/// Errors:   ModelError (M1 to M4)
void check_manifest(const Manifest& manifest, const std::vector<FileLength>& files);

/// The parts, in the order in which they run.
void check_ranges(const Manifest& manifest, const std::vector<FileLength>& files);
void check_vocabulary(std::string_view file, const Manifest& manifest);
void check_hyper_parameters(std::string_view file, const HyperParameters& hyper);
void check_shapes(std::string_view file, const Manifest& manifest);

}  // namespace suan::engine
