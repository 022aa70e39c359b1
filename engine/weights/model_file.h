#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// The file cannot be served; the sentence names file, field, value and limit.
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How to start the child process that reads hostile files: the program and its first
/// arguments (`suan model-reader`). Empty: parse in this process (tests, fuzzing).
struct ReaderCommand {
  std::vector<std::string> arguments;
  /// The child is killed after it. Disks may be slow and machines busy, so this is no measure of
  /// the file: what a hostile one can take is processor time, and that is bounded (M9).
  std::chrono::milliseconds timeout{60'000};
};

struct OpenOptions {
  /// Files that somebody may still write (by their mode) are read into memory instead of mapped:
  /// one that shrinks while it is mapped ends the process (M10). Files of a store are read-only.
  bool copies_writable_files = false;
};

/// An opened model: the checked manifest, and the weights' bytes.
///
/// Threads:  immutable after opening; share freely.
class ModelFile {
 public:
  virtual ~ModelFile() = default;

  [[nodiscard]] virtual const Manifest& manifest() const = 0;
  /// The bytes of one tensor, exactly `bytes` of its entry.
  [[nodiscard]] virtual const unsigned char* data(const TensorEntry& tensor) const = 0;
  /// SHA-256 of the weights and of what the tokenizer is made from, hex. The first call reads all
  /// files.
  [[nodiscard]] virtual const std::string& digest() const = 0;
};

/// Opens a GGUF file (the first of a split one), a folder (config.json, safetensors, tokenizer) or
/// a llama2.c `.bin`. Throws ModelError after at most 5 s of processor time, whatever the file
/// holds; copying takes the time that reading takes.
[[nodiscard]] std::shared_ptr<const ModelFile> open_model(const std::filesystem::path& path,
                                                          const ReaderCommand& reader,
                                                          const OpenOptions& options = {});

/// What `suan model-reader` runs: reads the files open at descriptors from 3 on, writes the
/// manifest to descriptor 1, and returns the exit status. Never throws.
///
/// Requires: argv holds what follows `model-reader`: FORMAT NAME... . Names may look like options,
///           so no command-line library may see them.
int run_model_reader(int argc, const char* const* argv);

}  // namespace suan::engine
