#include "engine/weights/model_file.h"

#include <array>
#include <cassert>
#include <memory>
#include <mutex>
#include <optional>

#include <openssl/evp.h>

#include "engine/weights/checks.h"
#include "engine/weights/file_set.h"
#include "engine/weights/manifest_codec.h"
#include "engine/weights/reader_process.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

/// SHA-256 over what it is fed.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    require(context_ != nullptr &&
            EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void add(std::span<const unsigned char> bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }

  [[nodiscard]] std::string hex() {
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return fmt::format("{:02x}", fmt::join(digest, ""));
  }

 private:
  static void require(bool is_done) {
    if (!is_done) throw ModelError("OpenSSL cannot compute a SHA-256 digest");
  }

  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::string digest_of(std::span<const unsigned char> bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

class MappedModel : public ModelFile {
 public:
  MappedModel(Manifest manifest, std::vector<Mapping> mappings, std::vector<std::string> names)
      : manifest_(std::move(manifest)),
        mappings_(std::move(mappings)),
        names_(std::move(names)) {}

  [[nodiscard]] const Manifest& manifest() const override { return manifest_; }

  [[nodiscard]] const unsigned char* data(const TensorEntry& tensor) const override {
    assert(tensor.file < mappings_.size());
    const auto bytes = mappings_[tensor.file].bytes();
    assert(tensor.offset <= bytes.size());
    assert(tensor.bytes <= bytes.size() - tensor.offset);
    return bytes.data() + tensor.offset;
  }

  [[nodiscard]] const std::string& digest() const override {
    std::call_once(digested_, [this] { digest_ = digest_of_files(); });
    return digest_;
  }

 private:
  /// Of one file: the file's own digest, as `sha256sum` prints it. Of several: the digest of the
  /// lines that `sha256sum` would print for them, in order.
  [[nodiscard]] std::string digest_of_files() const {
    if (mappings_.size() == 1) return digest_of(mappings_[0].bytes());
    std::string lines;
    for (size_t i = 0; i < mappings_.size(); ++i)
      lines += fmt::format("{}  {}\n", digest_of(mappings_[i].bytes()), names_[i]);
    return digest_of({reinterpret_cast<const unsigned char*>(lines.data()), lines.size()});
  }

  Manifest manifest_;
  std::vector<Mapping> mappings_;
  std::vector<std::string> names_;
  mutable std::once_flag digested_;
  mutable std::string digest_;
};

Manifest read_here(const FileSet& set, const std::vector<Mapping>& mappings) {
  std::vector<SourceFile> sources;
  for (size_t i = 0; i < mappings.size(); ++i) {
    sources.push_back({set.files[i].name, mappings[i].bytes()});
  }
  return read_manifest(set.format, sources);
}

/// The child is as hostile as the file that it has read: everything is checked again.
Manifest read_in_child(const FileSet& set, const ReaderCommand& reader) {
  ReaderAnswer answer = decode_answer(ask_reader(reader, set));
  if (!answer.refusal.empty()) {
    for (char& c : answer.refusal)
      c = c >= ' ' && c <= '~' ? c : '?';
    throw ModelError(answer.refusal);
  }
  std::vector<FileLength> lengths;
  for (const OpenFile& file : set.files)
    lengths.push_back({file.name, file.bytes});
  check_manifest(answer.manifest, lengths);
  return std::move(answer.manifest);
}

Mapping bytes_of(const OpenFile& file, const OpenOptions& options) {
  const int descriptor = file.descriptor.number();
  return options.copies_writable_files && file.is_writable
             ? Mapping::copy_of(descriptor, file.bytes)
             : Mapping(descriptor, file.bytes);
}

/// The child comes first: what is refused is not read in whole.
std::shared_ptr<const ModelFile> open_checked(const FileSet& set,
                                              const ReaderCommand& reader,
                                              const OpenOptions& options) {
  std::optional<Manifest> manifest;
  if (!reader.arguments.empty()) manifest = read_in_child(set, reader);
  std::vector<Mapping> mappings;
  std::vector<std::string> names;
  for (const OpenFile& file : set.files) {
    mappings.push_back(bytes_of(file, options));
    names.push_back(file.name);
  }
  if (!manifest) manifest = read_here(set, mappings);
  return std::make_shared<MappedModel>(std::move(*manifest), std::move(mappings),
                                       std::move(names));
}

}  // namespace

std::shared_ptr<const ModelFile> open_model(const std::filesystem::path& path,
                                            const ReaderCommand& reader,
                                            const OpenOptions& options) {
  const FileSet set = open_files(path);
  try {
    return open_checked(set, reader, options);
  } catch (const ModelError&) {
    throw;
  } catch (const std::exception& error) {  // no memory, no descriptors
    refuse(set.name, "cannot be opened: {}", error.what());
  }
}

}  // namespace suan::engine
