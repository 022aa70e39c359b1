#include "catalog/store/sqlite_database.h"

#include <cassert>
#include <filesystem>
#include <sqlite3.h>
#include <unordered_map>

#include <fmt/core.h>

#include "catalog/store/append_only.h"
#include "catalog/store/retry.h"

namespace suan {
namespace {

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using Connection = std::unique_ptr<sqlite3, CloseConnection>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// Makes a prepared statement ready for its next use, however this one ends.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}

  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  sqlite3_stmt* statement_;
};

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const std::string& file);

  SqlRows execute(std::string_view sql, const std::vector<SqlValue>& params) override;
  void in_transaction(const std::function<void(Database&)>& body) override;

  [[nodiscard]] std::string_view kind() const override { return "sqlite"; }

 private:
  /// Statements are written once each, so the cache is as large as the source text; the limit
  /// is for a program that forgets this.
  static constexpr size_t kStatementsMax = 256;

  void configure();
  sqlite3_stmt* prepared(std::string_view sql);
  void bind(sqlite3_stmt* statement, const std::vector<SqlValue>& params);
  SqlRow row_of(sqlite3_stmt* statement);
  void attempt(const std::function<void(Database&)>& body);
  static int authorize(
      void* self, int action, const char* table, const char*, const char*, const char*);
  [[noreturn]] void fail_with(int code, std::string_view sql);

  std::string file_;
  Connection connection_;
  std::unordered_map<std::string, Statement> statements_;
  std::string_view preparing_;  // what the authorizer is asked about
  bool is_in_transaction_ = false;
};

SqliteDatabase::SqliteDatabase(const std::string& file) : file_(file) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(
      file.c_str(), &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  connection_.reset(opened);
  if (code != SQLITE_OK) fail_with(code, "opening");
  configure();
}

void SqliteDatabase::configure() {
  sqlite3_busy_timeout(connection_.get(), 5'000);
  const bool is_in_memory = file_ == ":memory:";
  if (!is_in_memory) {
    using std::filesystem::perms;
    std::filesystem::permissions(file_, perms::owner_read | perms::owner_write);
    if (as_text(execute("PRAGMA journal_mode=WAL", {}).at(0).at(0)) != "wal") {
      throw StoreError(
          fmt::format("store {}: the file system refuses a write-ahead log", file_), false);
    }
  }
  execute("PRAGMA synchronous=FULL", {});
  execute("PRAGMA foreign_keys=ON", {});
  execute("PRAGMA trusted_schema=OFF", {});
  const auto damage = execute("PRAGMA quick_check(1)", {});
  if (damage.empty() || as_text(damage[0].at(0)) != "ok") {
    throw StoreError(
        fmt::format("store {} is damaged: {}", file_,
                    damage.empty() ? "its check says nothing" : as_text(damage[0].at(0))),
        false);
  }
  statements_.clear();
  sqlite3_set_authorizer(connection_.get(), &SqliteDatabase::authorize, this);
}

SqlRows SqliteDatabase::execute(std::string_view sql, const std::vector<SqlValue>& params) {
  sqlite3_stmt* statement = prepared(sql);
  const Use use(statement);
  bind(statement, params);
  SqlRows rows;
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) fail_with(code, sql);
    rows.push_back(row_of(statement));
  }
}

void SqliteDatabase::in_transaction(const std::function<void(Database&)>& body) {
  if (is_in_transaction_) return body(*this);
  retry_transient([&] { attempt(body); });
}

void SqliteDatabase::attempt(const std::function<void(Database&)>& body) {
  // At once for writing: a read lock that is raised later could only fail, not wait.
  execute("BEGIN IMMEDIATE", {});
  is_in_transaction_ = true;
  try {
    body(*this);
    execute("COMMIT", {});
    is_in_transaction_ = false;
  } catch (...) {
    is_in_transaction_ = false;
    // Some errors roll back by themselves; then there is nothing left to do.
    if (sqlite3_get_autocommit(connection_.get()) == 0) execute("ROLLBACK", {});
    throw;
  }
}

sqlite3_stmt* SqliteDatabase::prepared(std::string_view sql) {
  std::string key(sql);
  const auto known = statements_.find(key);
  if (known != statements_.end()) return known->second.get();

  sqlite3_stmt* statement = nullptr;
  preparing_ = sql;
  const int code =
      sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  preparing_ = {};
  Statement owned(statement);
  if (code != SQLITE_OK) fail_with(code, sql);
  if (statement == nullptr) throw StoreError("an empty statement", false);
  if (statements_.size() >= kStatementsMax) statements_.clear();
  return statements_.emplace(std::move(key), std::move(owned)).first->second.get();
}

void SqliteDatabase::bind(sqlite3_stmt* statement, const std::vector<SqlValue>& params) {
  for (size_t i = 0; i < params.size(); ++i) {
    // SQLite counts `$1` as a name, in the order of appearance.
    const auto name = "$" + std::to_string(i + 1);
    const int index = sqlite3_bind_parameter_index(statement, name.c_str());
    if (index == 0) throw StoreError(fmt::format("the statement has no {}", name), false);
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<int64_t>(&params[i])) {
      code = sqlite3_bind_int64(statement, index, *number);
    } else if (const auto* real = std::get_if<double>(&params[i])) {
      code = sqlite3_bind_double(statement, index, *real);
    } else if (const auto* text = std::get_if<std::string>(&params[i])) {
      if (text->find('\0') != std::string::npos)
        throw StoreError("a text with a NUL byte", false);
      code = sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    }
    if (code != SQLITE_OK) fail_with(code, sqlite3_sql(statement));
  }
}

SqlRow SqliteDatabase::row_of(sqlite3_stmt* statement) {
  SqlRow row;
  const int columns = sqlite3_column_count(statement);
  row.reserve(static_cast<size_t>(columns));
  for (int i = 0; i < columns; ++i) {
    switch (sqlite3_column_type(statement, i)) {
      case SQLITE_INTEGER:
        row.emplace_back(int64_t{sqlite3_column_int64(statement, i)});
        break;
      case SQLITE_FLOAT:
        row.emplace_back(sqlite3_column_double(statement, i));
        break;
      case SQLITE_NULL:
        row.emplace_back();
        break;
      case SQLITE_TEXT: {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        const auto bytes = static_cast<size_t>(sqlite3_column_bytes(statement, i));
        row.emplace_back(std::string(text, bytes));
        break;
      }
      default:
        throw StoreError("a column that is no number and no text", false);
    }
  }
  return row;
}

int SqliteDatabase::authorize(
    void* self, int action, const char* table, const char*, const char*, const char*) {
  if (action != SQLITE_UPDATE && action != SQLITE_DELETE) return SQLITE_OK;
  if (table == nullptr || !is_append_only(table)) return SQLITE_OK;
  const bool is_pruning =
      static_cast<const SqliteDatabase*>(self)->preparing_ == kPruneDecisions;
  return is_pruning && action == SQLITE_DELETE ? SQLITE_OK : SQLITE_DENY;
}

void SqliteDatabase::fail_with(int code, std::string_view sql) {
  const int kind = code & 0xFF;
  throw StoreError(
      fmt::format("store {}: {} ({}) in: {}", file_,
                  connection_ ? sqlite3_errmsg(connection_.get()) : "out of memory", code,
                  sql.substr(0, 120)),
      kind == SQLITE_BUSY || kind == SQLITE_LOCKED);
}

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::string& file) {
  if (file.empty()) throw StoreError("the store's address names no file: sqlite:FILE", false);
  return std::make_unique<SqliteDatabase>(file);
}

}  // namespace suan
