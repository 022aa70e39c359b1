#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace suan {
namespace {

namespace fs = std::filesystem;

/// The rooms of the house, and which others each may include (architecture, section 1).
const std::map<std::string, std::set<std::string>>& allowed_edges() {
  static const std::set<std::string> kAll{"catalog/types",
                                          "catalog/wire",
                                          "catalog/store",
                                          "engine",
                                          "scheduler/placement",
                                          "scheduler/planning",
                                          "scheduler/planning/links",
                                          "scheduler/server",
                                          "node_agent",
                                          "web_api/accounts",
                                          "web_api/gateway",
                                          "web_api/http",
                                          "web_api/openai",
                                          "web_api/console",
                                          "bench"};
  static const std::map<std::string, std::set<std::string>> kEdges{
      {"catalog/types", {}},
      {"catalog/wire", {"catalog/types"}},
      {"catalog/store", {"catalog/types"}},
      {"engine", {}},
      {"scheduler/placement", {"catalog/types"}},
      {"scheduler/planning", {"catalog/types", "scheduler/placement"}},
      // A room of its own, so that it stays free of placement.
      {"scheduler/planning/links", {"catalog/types"}},
      {"scheduler/server",
       {"catalog/types", "catalog/wire", "catalog/store", "scheduler/placement",
        "scheduler/planning", "scheduler/planning/links"}},
      {"node_agent", {"catalog/types", "catalog/wire", "engine"}},
      {"web_api/accounts", {"catalog/types", "catalog/wire", "catalog/store"}},
      {"web_api/gateway", {"catalog/types", "catalog/wire", "web_api/accounts"}},
      {"web_api/http", {"catalog/types", "catalog/wire", "catalog/store", "web_api/accounts"}},
      {"web_api/openai",
       {"catalog/types", "catalog/wire", "catalog/store", "web_api/accounts", "web_api/gateway",
        "web_api/http"}},
      {"web_api/console",
       {"catalog/types", "catalog/wire", "catalog/store", "web_api/accounts", "web_api/gateway",
        "web_api/http", "web_api/openai"}},
      {"bench", kAll},
      {"cli", kAll},
  };
  return kEdges;
}

/// Headers that are heavy to read, and so stay out of other headers.
const std::vector<std::string>& heavy_headers() {
  static const std::vector<std::string> kHeavy{"boost/",   "pqxx/", "nlohmann/",
                                               "simdjson", "CLI/",  "openssl/",
                                               "zmq",      "hwloc", "google/protobuf"};
  return kHeavy;
}

/// Headers that say themselves that only sources (and headers that say the same) include them.
bool is_marked_heavy(const fs::path& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("// Heavy", 0) == 0) return true;
  }
  return false;
}

struct Include {
  std::string text;
  bool is_ours = false;  // in quotes
};

std::vector<Include> includes_of(const fs::path& file) {
  std::vector<Include> includes;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("#include ", 0) != 0 || line.size() < 12) continue;
    const bool is_ours = line[9] == '"';
    const size_t end = line.find(is_ours ? '"' : '>', 10);
    includes.push_back({line.substr(10, end - 10), is_ours});
  }
  return includes;
}

/// The room that a path from the root lies in; "" for none (tests, tools, generated).
std::string room_of(const std::string& path) {
  std::string best;
  for (const auto& [room, edges] : allowed_edges()) {
    if (path.rfind(room + "/", 0) == 0 && room.size() > best.size()) best = room;
  }
  return best;
}

std::vector<std::string> sources() {
  const fs::path root(SUAN_SOURCE_DIR);
  std::vector<std::string> files;
  for (const char* folder :
       {"catalog", "engine", "scheduler", "node_agent", "web_api", "bench", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string suffix = entry.path().extension();
      if (suffix == ".h" || suffix == ".cpp" || suffix == ".cu" || suffix == ".inc") {
        files.push_back(fs::relative(entry.path(), root));
      }
    }
  }
  return files;
}

/// Whether some file of `room` may include some file of `target`.
bool may_include(const std::string& room, const std::string& target) {
  return room == target || allowed_edges().at(room).count(target) != 0;
}

TEST(IncludeGraph, HasNoEdgeThatTheArchitectureForbids) {
  const std::vector<std::string> files = sources();
  ASSERT_GT(files.size(), 100U);

  for (const std::string& file : files) {
    const std::string room = room_of(file);
    ASSERT_FALSE(room.empty()) << file << " lies in no room";
    for (const Include& include : includes_of(fs::path(SUAN_SOURCE_DIR) / file)) {
      if (!include.is_ours) continue;
      const std::string target = room_of(include.text);
      if (target.empty()) continue;  // generated
      EXPECT_TRUE(may_include(room, target)) << file << " includes " << include.text;
    }
  }
}

TEST(IncludeGraph, KeepsHeavyLibrariesOutOfHeaders) {
  const fs::path root(SUAN_SOURCE_DIR);
  for (const std::string& file : sources()) {
    if (fs::path(file).extension() != ".h" || is_marked_heavy(root / file)) continue;
    for (const Include& include : includes_of(root / file)) {
      const bool is_heavy_library = std::any_of(
          heavy_headers().begin(), heavy_headers().end(), [&](const std::string& heavy) {
            return !include.is_ours && include.text.rfind(heavy, 0) == 0;
          });
      const bool is_heavy_of_ours = include.is_ours && is_marked_heavy(root / include.text);
      EXPECT_FALSE(is_heavy_library || is_heavy_of_ours)
          << file << " includes " << include.text;
    }
  }
}

TEST(IncludeGraph, IncludesEveryHeaderFromTheRoot) {
  for (const std::string& file : sources()) {
    for (const Include& include : includes_of(fs::path(SUAN_SOURCE_DIR) / file)) {
      if (!include.is_ours || include.text.find('/') != std::string::npos) continue;
      const bool is_sibling =
          fs::exists((fs::path(SUAN_SOURCE_DIR) / file).parent_path() / include.text);
      EXPECT_FALSE(is_sibling) << file << " includes " << include.text << " without its path";
    }
  }
}

// A function of a library header, compiled here for a newer processor, could be the copy that the
// linker keeps for everyone.
TEST(IncludeGraph, KeepsLibrariesOutOfInstructionSets) {
  const std::string folder = "engine/backend/cpu/isa/";
  const std::set<std::string> allowed{"immintrin.h", "cstdint", "cstddef",
                                      "engine/backend/cpu/kernels.h"};
  size_t files = 0;
  for (const std::string& file : sources()) {
    const bool is_kernels = file == "engine/backend/cpu/kernels.h";
    if (file.rfind(folder, 0) != 0 && !is_kernels) continue;
    ++files;
    for (const Include& include : includes_of(fs::path(SUAN_SOURCE_DIR) / file)) {
      const bool is_body = fs::path(include.text).extension() == ".inc" &&
                           include.text.rfind(folder, 0) == 0 && !is_kernels;
      EXPECT_TRUE(is_body || allowed.count(include.text) == 1)
          << file << " includes " << include.text;
    }
  }
  EXPECT_GE(files, 5U);
}

TEST(IncludeGraph, SeesAnEdgeThatIsForbidden) {
  EXPECT_FALSE(may_include("engine", "catalog/types"));
  EXPECT_FALSE(may_include("scheduler/server", "node_agent"));
  EXPECT_FALSE(may_include("web_api/gateway", "web_api/http"));
  EXPECT_TRUE(may_include("node_agent", "engine"));
}

TEST(Layout, GivesEveryModuleAReadme) {
  for (const auto& [room, edges] : allowed_edges()) {
    EXPECT_TRUE(fs::exists(fs::path(SUAN_SOURCE_DIR) / room / "README.md")) << room;
  }
}

TEST(Layout, KeepsFilesShort) {
  constexpr int kLinesMax = 300;
  for (const std::string& file : sources()) {
    std::ifstream in(fs::path(SUAN_SOURCE_DIR) / file);
    const auto lines = std::count(std::istreambuf_iterator<char>(in), {}, '\n');
    EXPECT_LE(lines, kLinesMax) << file;
  }
}

TEST(Json, IsParsedInOnePlace) {
  for (const std::string& file : sources()) {
    if (file == "catalog/types/json.cpp") continue;
    std::ifstream in(fs::path(SUAN_SOURCE_DIR) / file);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(text.find("Json::parse("), std::string::npos) << file;
    EXPECT_EQ(text.find("json::parse("), std::string::npos) << file;
  }
}

}  // namespace
}  // namespace suan
