// Every statement of the store stays in the SQL that SQLite and PostgreSQL share
// (scheduler.md 2.1), and none is built from strings (A4).

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace suan {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 26> kForbidden{
    "NOW",     "SERIAL",        "BIGSERIAL", "BOOLEAN", "BOOL",    "BYTEA",    "BLOB",
    "JSONB",   "TRIGGER",       "REPLACE",   "SKIP",    "ILIKE",   "GREATEST", "LEAST",
    "TRUE",    "FALSE",         "INTEGER",   "INT",     "REAL",    "VARCHAR",  "TIMESTAMP",
    "NUMERIC", "AUTOINCREMENT", "GLOB",      "ROWID",   "STRFTIME"};

struct Statement {
  std::string where;
  std::string sql;
};

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

fs::path store_folder() {
  return fs::path(SUAN_SOURCE_DIR) / "catalog/store";
}

std::vector<fs::path> sources() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(store_folder())) {
    const auto extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".h") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Statement> statements() {
  std::vector<Statement> all;
  for (const auto& file : sources()) {
    const auto text = text_of(file);
    constexpr std::string_view kBegin = "R\"sql(";
    constexpr std::string_view kEnd = ")sql\"";
    for (auto at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1)) {
      const auto begin = at + kBegin.size();
      all.push_back({file.filename(), text.substr(begin, text.find(kEnd, begin) - begin)});
    }
  }
  for (const auto& entry : fs::directory_iterator(store_folder() / "migrations")) {
    std::istringstream lines(text_of(entry.path()));
    std::string sql;
    for (std::string line; std::getline(lines, line);)
      sql += line.substr(0, line.find("--")) + "\n";
    all.push_back({entry.path().filename(), sql});
  }
  return all;
}

std::vector<std::string> words_of(const std::string& sql) {
  std::vector<std::string> words(1);
  bool is_quoted = false;
  for (const char each : sql) {
    if (each == '\'') is_quoted = !is_quoted;
    const auto byte = static_cast<unsigned char>(each);
    if (!is_quoted && (std::isalnum(byte) != 0 || each == '_')) {
      words.back() += static_cast<char>(std::toupper(byte));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

bool has_pair(const std::vector<std::string>& words, std::string_view a, std::string_view b) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1] == a && words[i] == b) return true;
  }
  return false;
}

TEST(StatementLint, FindsTheStatements) {
  EXPECT_GT(statements().size(), 50U);
}

TEST(StatementLint, UsesOnlyWhatBothDatabasesUnderstand) {
  for (const auto& [where, sql] : statements()) {
    for (const auto& word : words_of(sql)) {
      EXPECT_EQ(std::count(kForbidden.begin(), kForbidden.end(), word), 0)
          << where << " uses " << word << " in" << sql;
    }
    EXPECT_FALSE(has_pair(words_of(sql), "FOR", "UPDATE")) << where << sql;
    EXPECT_EQ(sql.find("->"), std::string::npos) << where << " uses a JSON operator in" << sql;
    EXPECT_EQ(sql.find('?'), std::string::npos) << where << " needs $1, not ?, in" << sql;
  }
}

TEST(StatementLint, CastsEverySum) {
  for (const auto& [where, sql] : statements()) {
    for (auto at = sql.find("SUM("); at != std::string::npos; at = sql.find("SUM(", at + 1)) {
      EXPECT_EQ(sql.substr(at - 5, 5), "CAST(") << where << sql;
    }
  }
}

TEST(StatementLint, A4_ExecutesNamedStatementsOnly) {
  for (const auto& file : sources()) {
    const auto name = file.filename().string();
    if (name.find("_table") == std::string::npos && name != "migrate.cpp") continue;
    const auto text = text_of(file);
    constexpr std::string_view kCall = "execute(";
    for (auto at = text.find(kCall); at != std::string::npos; at = text.find(kCall, at + 1)) {
      const auto argument = text.find_first_not_of(" \n", at + kCall.size());
      const bool is_named = text[argument] == 'k';
      // A migration's own statements come from the embedded file.
      const bool is_migration = name == "migrate.cpp" && text.substr(argument, 4) == "rest";
      EXPECT_TRUE(is_named || is_migration) << name << ": " << text.substr(at, 60);
    }
  }
}

}  // namespace
}  // namespace suan
