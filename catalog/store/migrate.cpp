#include <array>

#include <fmt/core.h>

#include "catalog/store/database.h"
#include "suan_migrations.h"

namespace suan {
namespace {

/// One file per version, in order; released ones never change.
constexpr std::array<std::string_view, 3> kMigrations{
    "001_catalog.sql", "002_link_capacity.sql", "003_follow_demand.sql"};

constexpr std::string_view kCreateVersions = R"sql(
  CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY))sql";
constexpr std::string_view kReadVersion = R"sql(
  SELECT COALESCE(MAX(version), 0) FROM schema_version)sql";
constexpr std::string_view kAddVersion = R"sql(
  INSERT INTO schema_version (version) VALUES ($1))sql";

std::string without_comments(std::string_view script) {
  std::string text;
  while (!script.empty()) {
    const auto end = script.find('\n');
    const auto line = script.substr(0, end);
    text += line.substr(0, line.find("--"));
    text += '\n';
    script = end == std::string_view::npos ? std::string_view{} : script.substr(end + 1);
  }
  return text;
}

/// Migrations hold no texts with a semicolon, so one ends each statement.
void run_script(Database& database, std::string_view script) {
  const auto text = without_comments(script);
  std::string_view rest = text;
  for (auto end = rest.find(';'); end != std::string_view::npos; end = rest.find(';')) {
    database.execute(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

void migrate(Database& database) {
  database.in_transaction([](Database& store) {
    store.execute(kCreateVersions);
    const auto version = static_cast<size_t>(as_int(store.execute(kReadVersion).at(0).at(0)));
    if (version > kMigrations.size()) {
      throw StoreError(fmt::format("the store has version {}, but this build of suan knows "
                                   "versions up to {}: use a newer build",
                                   version, kMigrations.size()),
                       false);
    }
    for (size_t next = version; next < kMigrations.size(); ++next) {
      run_script(store, suan_migrations::embedded(kMigrations.at(next)));
      store.execute(kAddVersion, {static_cast<int64_t>(next + 1)});
    }
  });
}

}  // namespace suan
