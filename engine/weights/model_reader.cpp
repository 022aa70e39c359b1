#include <cerrno>
#include <exception>
#include <new>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/weights/checks.h"
#include "engine/weights/file_set.h"
#include "engine/weights/manifest_codec.h"
#include "engine/weights/model_file.h"
#include "engine/weights/reader.h"
#include "engine/weights/sandbox.h"

namespace suan::engine {
namespace {

constexpr int kFirstFile = 3;

// DeepSeek-V3 in 93,000 tensors takes less than 2 s, and ten times that under sanitizers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint32_t kProcessorSeconds = 40;
#else
constexpr uint32_t kProcessorSeconds = 4;
#endif

struct Task {
  ModelFormat format{};
  std::vector<std::string> names;
};

Task task_of(int argc, const char* const* argv) {
  const auto format = argc > 0 ? model_format(argv[0]) : std::nullopt;
  if (!format) throw ModelError("the model reader needs a format and file names");
  Task task{.format = *format, .names = {}};
  for (int i = 1; i < argc; ++i)
    task.names.emplace_back(argv[i]);
  if (task.names.empty() || task.names.size() > kFilesMax) {
    throw ModelError("the model reader needs between 1 and 1024 file names");
  }
  return task;
}

std::vector<Mapping> map_files(size_t count) {
  std::vector<Mapping> mappings;
  for (size_t i = 0; i < count; ++i) {
    const int descriptor = kFirstFile + static_cast<int>(i);

    struct stat status {};

    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) {
      throw ModelError("the model reader got a descriptor that is no file");
    }
    mappings.emplace_back(descriptor, static_cast<uint64_t>(status.st_size));
  }
  return mappings;
}

Manifest read_in_sandbox(const Task& task) {
  const std::vector<Mapping> mappings = map_files(task.names.size());
  SandboxLimits limits{.memory_bytes = 1 << 30, .cpu_seconds = kProcessorSeconds};
  limits.descriptors += static_cast<uint32_t>(mappings.size());
  std::vector<SourceFile> sources;
  for (size_t i = 0; i < mappings.size(); ++i) {
    sources.push_back({task.names[i], mappings[i].bytes()});
    limits.memory_bytes += mappings[i].bytes().size();
  }
  enter_sandbox(limits);
  return read_manifest(task.format, sources);
}

ReaderAnswer answer_for(int argc, const char* const* argv) {
  ReaderAnswer answer;
  try {
    answer.manifest = read_in_sandbox(task_of(argc, argv));
  } catch (const std::bad_alloc&) {
    answer = {.manifest = {}, .refusal = "reading the model needs more memory than is allowed"};
  } catch (const std::exception& error) {
    answer = {.manifest = {}, .refusal = error.what()};
  }
  return answer;
}

bool write_all(int descriptor, std::span<const unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

int run_model_reader(int argc, const char* const* argv) {
  int status = 1;
  try {
    status = write_all(STDOUT_FILENO, encode(answer_for(argc, argv))) ? 0 : 1;
  } catch (const std::exception&) {
    status = 1;  // no memory left even to say so; the parent reports the status
  }
#if defined(__SANITIZE_ADDRESS__)
  _exit(status);  // the leak check at exit needs calls that the sandbox has given up
#endif
  return status;
}

}  // namespace suan::engine
