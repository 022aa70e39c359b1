#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace suan {

/// A value that goes into or comes out of SQL: NULL, BIGINT, DOUBLE PRECISION or TEXT.
using SqlValue = std::variant<std::monostate, int64_t, double, std::string>;

using SqlRow = std::vector<SqlValue>;
using SqlRows = std::vector<SqlRow>;

/// Readers of one column; throw StoreError when the type is another.
[[nodiscard]] int64_t as_int(const SqlValue& value);
[[nodiscard]] double as_double(const SqlValue& value);
[[nodiscard]] const std::string& as_text(const SqlValue& value);
[[nodiscard]] std::optional<int64_t> as_optional_int(const SqlValue& value);
[[nodiscard]] std::optional<double> as_optional_double(const SqlValue& value);

/// The store cannot do it. `is_transient`: the same again may work (connection lost,
/// serialisation failure); a commit without an answer is in doubt and transient.
class StoreError : public std::runtime_error {
 public:
  StoreError(const std::string& message, bool is_transient)
      : std::runtime_error(message), is_transient_(is_transient) {}

  [[nodiscard]] bool is_transient() const { return is_transient_; }

 private:
  bool is_transient_;
};

/// One connection. Statements are in the SQL subset of `scheduler.md` 2.1, with `$1`...
///
/// Implementations: SQLite, PostgreSQL; one contract test.
/// Errors:   StoreError
/// Threads:  one at a time.
class Database {
 public:
  virtual ~Database() = default;

  virtual SqlRows execute(std::string_view sql, const std::vector<SqlValue>& params = {}) = 0;

  /// Runs `body` in a transaction and commits; rolls back when it throws. `body` may run
  /// again after a transient error (up to 5 times), so it must be repeatable.
  virtual void in_transaction(const std::function<void(Database&)>& body) = 0;

  /// `sqlite` or `postgresql`.
  [[nodiscard]] virtual std::string_view kind() const = 0;
};

/// Opens `sqlite:FILE`, `sqlite::memory:` or `postgresql://...` and checks its settings.
/// Throws StoreError with a sentence that names the store (never a password).
[[nodiscard]] std::unique_ptr<Database> open_database(const std::string& url);

/// Brings the tables to this build's version; does nothing when they are. Throws StoreError when
/// the store is newer than the build.
void migrate(Database& database);

}  // namespace suan
