#include "engine/weights/file_set.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "engine/weights/checks.h"
#include "engine/weights/hf_config.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

/// What a folder may hold beside configuration and weights.
constexpr std::array kCompanions = {kIndexFile,       kGenerationConfig, kTokenizerFile,
                                    kTokenizerConfig, kChatTemplateFile, kLlama2cVocabulary};

constexpr size_t kFolderEntriesMax = 65'536;

std::string reason(int error) {
  return std::generic_category().message(error);
}

Descriptor open_folder(const std::filesystem::path& path) {
  const std::string folder = path.empty() ? "." : path.string();
  Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) refuse(folder, "cannot be opened: {}", reason(errno));
  return descriptor;
}

/// O_NONBLOCK: opening a FIFO must not wait for its writer.
OpenFile open_file(const Descriptor& folder, const std::string& name) {
  OpenFile file{
      .name = name,
      .descriptor = Descriptor(openat(folder.number(), name.c_str(),
                                      O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK))};
  if (!file.descriptor.is_open()) {
    const int error = errno;
    if (error == ELOOP) refuse(name, "is a symbolic link; name the file that it points to");
    refuse(name, "cannot be opened: {}", reason(error));
  }

  struct stat status {};

  if (fstat(file.descriptor.number(), &status) != 0) {
    refuse(name, "cannot be examined: {}", reason(errno));
  }
  if (!S_ISREG(status.st_mode)) refuse(name, "is no regular file");
  if (status.st_size <= 0) refuse(name, "is empty");
  file.bytes = static_cast<uint64_t>(status.st_size);
  file.is_writable = (status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) != 0;
  return file;
}

bool exists(const Descriptor& folder, const char* name) {
  return faccessat(folder.number(), name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

std::vector<std::string> safetensors_in(const Descriptor& folder, const std::string& model) {
  const int own = fcntl(folder.number(), F_DUPFD_CLOEXEC, 0);  // closedir closes it
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(own < 0 ? nullptr : fdopendir(own),
                                                   closedir);
  if (stream == nullptr) refuse(model, "cannot be listed: {}", reason(errno));

  std::vector<std::string> names;
  size_t entries = 0;
  while (const dirent* entry = readdir(stream.get())) {
    if (++entries > kFolderEntriesMax) {
      refuse(model, "has more than {} entries", kFolderEntriesMax);
    }
    const std::string name = entry->d_name;
    if (name.ends_with(".safetensors")) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

FileSet open_tokenizer(const Descriptor& folder, const std::string& model) {
  FileSet set{.name = model, .format = ModelFormat::Tokenizer, .files = {}};
  set.files.push_back(open_file(folder, kTokenizerFile));
  if (exists(folder, kTokenizerConfig)) {
    set.files.push_back(open_file(folder, kTokenizerConfig));
  }
  return set;
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// `model-00001-of-000163.safetensors`
bool is_shard(std::string_view name) {
  name.remove_suffix(std::string_view(".safetensors").size());
  const size_t of = name.rfind("-of-");
  if (of == std::string_view::npos || !is_digits(name.substr(of + 4))) return false;
  const size_t dash = name.rfind('-', of - 1);
  return of > 0 && dash != std::string_view::npos &&
         is_digits(name.substr(dash + 1, of - dash - 1));
}

/// Some folders hold the weights twice. With an index only the numbered files count; without, the
/// file that has the usual name.
void keep_weights_once(std::vector<std::string>& names, bool has_index) {
  if (has_index && std::ranges::any_of(names, is_shard)) {
    std::erase_if(names, [](const std::string& name) { return !is_shard(name); });
  } else if (std::ranges::find(names, "model.safetensors") != names.end()) {
    names = {"model.safetensors"};
  }
}

FileSet open_model_folder(const std::filesystem::path& path, const std::string& model) {
  FileSet set{.name = model, .format = ModelFormat::Folder, .files = {}};
  const Descriptor folder = open_folder(path);
  if (!exists(folder, "config.json") && exists(folder, kTokenizerFile)) {
    return open_tokenizer(folder, model);
  }
  set.files.push_back(open_file(folder, "config.json"));
  std::vector<std::string> names = safetensors_in(folder, model);
  if (names.empty()) refuse(model, "has no file that ends in .safetensors");
  keep_weights_once(names, exists(folder, kIndexFile));
  for (const char* name : kCompanions) {
    if (exists(folder, name)) names.emplace_back(name);
  }
  if (names.size() >= kFilesMax) {
    refuse(model, "has {} files, allowed are {}", names.size() + 1, kFilesMax);
  }
  for (const std::string& name : names)
    set.files.push_back(open_file(folder, name));
  return set;
}

/// Where a file stands among those of a split model: `<stem>-00001-of-00003.gguf`.
struct SplitName {
  std::string stem;
  uint32_t number = 0;
  uint32_t count = 0;

  [[nodiscard]] std::string of(uint32_t other) const {
    return fmt::format("{}-{:05}-of-{:05}.gguf", stem, other, count);
  }
};

std::optional<SplitName> split_name(const std::string& name) {
  constexpr size_t kTail = std::string_view("-00001-of-00003.gguf").size();
  if (name.size() < kTail) return std::nullopt;
  const char* tail = name.data() + name.size() - kTail;
  SplitName split{.stem = name.substr(0, name.size() - kTail)};
  std::from_chars(tail + 1, tail + 6, split.number);
  std::from_chars(tail + 10, tail + 15, split.count);
  // Written anew it must be the same, so every other character is checked too.
  return split.of(split.number) == name ? std::optional(split) : std::nullopt;
}

/// The other files of a split model; the user names the first.
void open_splits(const Descriptor& folder, FileSet& set) {
  const auto split = split_name(set.files[0].name);
  if (!split || split->count == 1) return;
  if (split->number != 1) {
    refuse(set.name, "is file {} of a split model; name the first, {}", split->number,
           in_quotes(split->of(1)));
  }
  if (split->count > kFilesMax) {
    refuse(set.name, "is one of {} files, allowed are {}", split->count, kFilesMax);
  }
  for (uint32_t number = 2; number <= split->count; ++number)
    set.files.push_back(open_file(folder, split->of(number)));
}

bool begins_with_gguf(const OpenFile& file) {
  char magic[4] = {};
  return pread(file.descriptor.number(), magic, sizeof magic, 0) == sizeof magic &&
         std::string_view(magic, sizeof magic) == "GGUF";
}

FileSet open_single_file(const std::filesystem::path& path, const std::string& model) {
  FileSet set{.name = model, .format = ModelFormat::Gguf, .files = {}};
  const Descriptor folder = open_folder(path.parent_path());
  if (path.filename() == kTokenizerFile) return open_tokenizer(folder, model);
  set.files.push_back(open_file(folder, path.filename().string()));
  if (begins_with_gguf(set.files[0])) {
    open_splits(folder, set);
    return set;
  }
  if (path.extension() != ".bin") {
    refuse(model,
           "is neither a GGUF file, nor a folder with config.json, nor a llama2.c .bin, nor "
           "a tokenizer.json");
  }
  set.format = ModelFormat::Llama2c;
  if (exists(folder, kLlama2cVocabulary))
    set.files.push_back(open_file(folder, kLlama2cVocabulary));
  return set;
}

}  // namespace

FileSet open_files(const std::filesystem::path& path) {
  const std::filesystem::path plain = path.has_filename() ? path : path.parent_path();
  const std::string model = plain.filename().string();
  std::error_code error;
  return std::filesystem::is_directory(plain, error) ? open_model_folder(plain, model)
                                                     : open_single_file(plain, model);
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Mapping::Mapping(int descriptor, uint64_t bytes) : size_(bytes) {
  void* address = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (address == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "mapping a model file");
  }
  data_ = static_cast<const unsigned char*>(address);
}

Mapping Mapping::copy_of(int descriptor, uint64_t bytes) {
  constexpr size_t kPieceBytes = 16 << 20;
  const auto require = [](bool is_done, int error) {
    if (!is_done)
      throw std::system_error(error, std::generic_category(), "reading a model file");
  };
  void* address =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(),
                            "copying a model file, which would be mapped if it were read-only");
  }
  auto* data = static_cast<unsigned char*>(address);
  Mapping copy;
  copy.data_ = data;
  copy.size_ = bytes;
  madvise(address, bytes, MADV_HUGEPAGE);  // saves time where the kernel can; no matter if not
  for (uint64_t done = 0; done < bytes;) {
    const size_t wanted = std::min<uint64_t>(kPieceBytes, bytes - done);
    const ssize_t count = pread(descriptor, data + done, wanted, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    require(count >= 0, errno);
    require(count > 0, ENODATA);  // it has shrunk
    done += static_cast<uint64_t>(count);
  }
  require(mprotect(address, bytes, PROT_READ) == 0, errno);
  return copy;
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping::~Mapping() {
  if (data_ != nullptr) munmap(const_cast<unsigned char*>(data_), size_);
}

}  // namespace suan::engine
