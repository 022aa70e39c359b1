#include "tests/support/mutant_runner.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <malloc.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/chat/chat_template.h"
#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/model_file.h"
#include "tests/support/temporary_folder.h"

namespace suan::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSecondsMax = 5;
constexpr uint64_t kMemoryBytesMax = 64 << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasuresMemory = false;
#else
constexpr bool kMeasuresMemory = true;
#endif

/// Empty: the model works. Else the sentence that refuses it.
std::string refusal_of(const std::filesystem::path& path) {
  using namespace engine;  // NOLINT(google-build-using-namespace)
  try {
    const auto model = open_model(path, {});
    const Vocabulary& vocabulary = model->manifest().vocabulary;
    if (vocabulary.kind != VocabularyKind::None) {
      const auto tokenizer = make_tokenizer(vocabulary);
      (void)tokenizer->decode(tokenizer->encode("Once upon 12345 \xE7\xAE\x97 </s>", true));
    }
    const std::string& chat = model->manifest().chat_template;
    if (!chat.empty()) (void)ChatTemplate::compile(chat);
    if (model->manifest().tensors.empty()) return "";
    const auto made = make_engine(model, {.slots = 1, .kv_tokens = 128});
    Generation generation{.id = 1, .prompt = {0, 0}, .tokens_max = 1};
    generation.sampling.temperature = 0;
    if (made->submit(generation) != Admission::Accepted) return "";  // a context of one token
    while (made->step().finished.empty()) {
    }
    return "";
  } catch (const ModelError& error) {
    return error.what();
  }
}

/// A line of /proc/self/status, in bytes.
uint64_t status_bytes(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) == 0) return std::stoull(line.substr(field.size())) * 1024;
  }
  return 0;
}

/// Measures the most memory that is taken during its life. What the child inherited from the test
/// (long lists of mutants) does not count; a process of its own has some 8 MiB before it begins.
class PeakMemory {
 public:
  PeakMemory() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";
    before_ = status_bytes("VmRSS:");
  }

  [[nodiscard]] uint64_t bytes() const {
    constexpr uint64_t kProcess = 8 << 20;
    const uint64_t peak = status_bytes("VmHWM:");
    return kProcess + (peak > before_ ? peak - before_ : 0);
  }

 private:
  uint64_t before_ = 0;
};

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

uint64_t size_of(const ModelBytes& model) {
  uint64_t bytes = 0;
  for (const auto& [name, content] : model.files)
    bytes += content.size();
  return bytes;
}

/// What one mutant does, as a line: `index outcome seconds bytes sentence`.
void try_mutant(const ModelBytes& model,
                const Mutant& mutant,
                size_t index,
                const std::filesystem::path& folder,
                std::FILE* out) {
  fmt::print(out, "{} begins\n", index);
  std::fflush(out);
  write_file(folder / mutant.file, mutant.applied_to(model.files.at(mutant.file)));
  const PeakMemory memory;
  const auto start = Clock::now();
  std::string refusal;
  const char* outcome = "accepted";
  try {
    refusal = refusal_of(model.opened.empty() ? folder : folder / model.opened);
    if (!refusal.empty()) outcome = "refused";
  } catch (const std::exception& error) {
    refusal = error.what();
    outcome = "threw";
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::ranges::replace(refusal, '\n', ' ');
  fmt::print(out, "{} {} {:.3f} {} {}\n", index, outcome, seconds, memory.bytes(), refusal);
  std::fflush(out);
  write_file(folder / mutant.file, model.files.at(mutant.file));
}

[[noreturn]] void run_child(const ModelBytes& model,
                            const Mutants& mutants,
                            size_t first,
                            size_t step,
                            int descriptor) {
  {
    const TemporaryFolder folder;
    for (const auto& [name, content] : model.files)
      write_file(folder.path() / name, content);
    std::FILE* out = fdopen(descriptor, "w");
    for (size_t i = first; i < mutants.size(); i += step)
      try_mutant(model, mutants[i], i, folder.path(), out);
    std::fclose(out);
  }
  _exit(0);
}

/// Something to read, without what a terminal would obey. That it names its file is tested where
/// readers are; tokenizers do not know of files.
bool is_sentence(const std::string& refusal) {
  const auto prints = [](char c) { return c >= ' ' && c <= '~'; };
  return refusal.size() > 20 && std::ranges::all_of(refusal, prints);
}

class Reports {
 public:
  Reports(const ModelBytes& model, const Mutants& mutants)
      : mutants_(&mutants), memory_max_(size_of(model) + kMemoryBytesMax) {}

  /// Returns the index of a mutant that was begun and not ended.
  void take(const std::string& line) {
    std::istringstream words(line);
    size_t index = 0;
    std::string outcome;
    double seconds = 0;
    uint64_t bytes = 0;
    words >> index >> outcome;
    running_ = std::to_string(index);
    if (outcome == "begins") return;
    words >> seconds >> bytes;
    words.get();
    std::string refusal;
    std::getline(words, refusal);
    running_.clear();
    (outcome == "accepted" ? report_.accepted : report_.refused) += 1;
    report_.slowest_s = std::max(report_.slowest_s, seconds);
    report_.memory_bytes_max = std::max(report_.memory_bytes_max, bytes);
    if (outcome == "threw") fail(index, "threw something else than ModelError: " + refusal);
    if (outcome == "refused" && !is_sentence(refusal))
      fail(index, "is no sentence: " + refusal);
    if (seconds > kSecondsMax) fail(index, fmt::format("took {:.1f} s", seconds));
    if (kMeasuresMemory && bytes > memory_max_)
      fail(index, fmt::format("took {} bytes of memory, allowed are {}", bytes, memory_max_));
  }

  void end(int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    const size_t index = running_.empty() ? 0 : std::stoul(running_);
    fail(index, WIFSIGNALED(status)
                    ? fmt::format("ended its process by signal {}", WTERMSIG(status))
                    : fmt::format("ended its process with status {}", WEXITSTATUS(status)));
  }

  [[nodiscard]] MutantReport& report() { return report_; }

 private:
  void fail(size_t index, const std::string& what) {
    const Mutant& mutant = (*mutants_)[index];
    report_.failures.push_back(fmt::format("{}, {}: {}", mutant.file, mutant.what, what));
  }

  const Mutants* mutants_;
  uint64_t memory_max_;
  std::string running_;
  MutantReport report_;
};

struct Child {
  pid_t pid = 0;
  int descriptor = -1;
};

Child start(const ModelBytes& model, const Mutants& mutants, size_t first, size_t step) {
  int ends[2] = {};
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    alarm(300);  // a mutant that hangs ends the child
    run_child(model, mutants, first, step, ends[1]);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

}  // namespace

ModelBytes read_model(const std::filesystem::path& folder, const std::string& opened) {
  ModelBytes model{.files = {}, .opened = opened};
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    model.files[entry.path().filename().string()] = read_bytes(entry.path());
  return model;
}

MutantReport run_mutants(const ModelBytes& model, const Mutants& mutants) {
  constexpr size_t kChildren = 2;
  std::vector<Child> children;
  for (size_t first = 0; first < kChildren; ++first)
    children.push_back(start(model, mutants, first, kChildren));

  Reports reports(model, mutants);
  for (const Child& child : children) {
    std::FILE* in = fdopen(child.descriptor, "r");
    char* line = nullptr;
    size_t room = 0;
    for (ssize_t length = 0; (length = getline(&line, &room, in)) > 0;)
      reports.take({line, static_cast<size_t>(length - 1)});
    std::free(line);
    std::fclose(in);
    int status = 0;
    waitpid(child.pid, &status, 0);
    reports.end(status);
  }
  return std::move(reports.report());
}

}  // namespace suan::testing
