#include "catalog/store/postgres_database.h"

#include <array>
#include <unordered_map>

#include <fmt/core.h>
#include <pqxx/pqxx>

#include "catalog/store/retry.h"

namespace suan {
namespace {

/// The address without user, password and options, for messages.
std::string public_part(const std::string& url) {
  const auto scheme_end = url.find("://") + 3;
  const auto path = url.substr(0, url.find('?')).substr(scheme_end);
  const auto at = path.rfind('@');
  return "postgresql://" + (at == std::string::npos ? path : path.substr(at + 1));
}

/// Every wait has a deadline: libpq's own default is none.
std::string with_deadlines(std::string url) {
  for (const auto* option : {"connect_timeout=5", "tcp_user_timeout=10000"}) {
    const std::string name(option, std::string_view(option).find('=') + 1);
    if (url.find(name) != std::string::npos) continue;
    url += url.find('?') == std::string::npos ? '?' : '&';
    url += option;
  }
  return url;
}

/// Classes of SQLSTATE after which the same may work: connection, resources, operator.
bool is_transient_state(std::string_view state) {
  constexpr std::array<std::string_view, 5> kTransient{"08", "40", "53", "57P", "58"};
  for (const auto prefix : kTransient) {
    if (state.starts_with(prefix)) return true;
  }
  return false;
}

SqlValue value_of(const pqxx::field& field) {
  // Object ids of PostgreSQL's built-in types; they never change.
  constexpr pqxx::oid kInt8 = 20;
  constexpr pqxx::oid kInt4 = 23;
  constexpr pqxx::oid kFloat8 = 701;
  constexpr pqxx::oid kText = 25;
  if (field.is_null()) return {};
  switch (field.type()) {
    case kInt8:
    case kInt4:
      return field.as<int64_t>();
    case kFloat8:
      return field.as<double>();
    case kText:
      return std::string(field.c_str(), field.size());
    default:
      throw StoreError(fmt::format("column {} has type {}, outside the SQL subset",
                                   field.name(), field.type()),
                       false);
  }
}

SqlRows rows_of(const pqxx::result& result) {
  SqlRows rows;
  rows.reserve(result.size());
  for (const auto& row : result) {
    SqlRow& values = rows.emplace_back();
    values.reserve(row.size());
    for (const auto& field : row)
      values.push_back(value_of(field));
  }
  return rows;
}

/// Parameters as text, and NULL as a null pointer: what libpq sends.
class TextParams {
 public:
  explicit TextParams(const std::vector<SqlValue>& params) : texts_(params.size()) {
    pointers_.reserve(params.size());
    for (size_t i = 0; i < params.size(); ++i)
      pointers_.push_back(write(params[i], texts_[i]));
  }

  [[nodiscard]] const std::vector<const char*>& pointers() const { return pointers_; }

 private:
  static const char* write(const SqlValue& value, std::string& out) {
    if (std::holds_alternative<std::monostate>(value)) return nullptr;
    if (const auto* number = std::get_if<int64_t>(&value)) {
      out = std::to_string(*number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      out = fmt::format("{}", *real);  // the shortest text that reads back as the same number
    } else {
      out = std::get<std::string>(value);
      if (out.find('\0') != std::string::npos)
        throw StoreError("a text with a NUL byte", false);
    }
    return out.c_str();
  }

  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(const std::string& url)
      : url_(with_deadlines(url)), name_(public_part(url)) {
    translated([&] { connect(); });
  }

  SqlRows execute(std::string_view sql, const std::vector<SqlValue>& params) override;
  void in_transaction(const std::function<void(Database&)>& body) override;

  [[nodiscard]] std::string_view kind() const override { return "postgresql"; }

 private:
  static constexpr size_t kStatementsMax = 256;

  void connect();
  pqxx::connection& connection();
  void attempt(const std::function<void(Database&)>& body);
  SqlRows run(pqxx::transaction_base& transaction,
              std::string_view sql,
              const std::vector<SqlValue>& params);
  const std::string& prepared(std::string_view sql);
  template <class Action>
  void translated(const Action& action);
  [[noreturn]] void fail_with(const std::exception& error, bool is_transient);

  std::string url_;
  std::string name_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unordered_map<std::string, std::string> statements_;  // text -> name
  pqxx::transaction_base* transaction_ = nullptr;            // the open one
};

SqlRows PostgresDatabase::execute(std::string_view sql, const std::vector<SqlValue>& params) {
  SqlRows rows;
  translated([&] {
    if (transaction_ != nullptr) {
      rows = run(*transaction_, sql, params);
      return;
    }
    pqxx::nontransaction alone(connection());
    rows = run(alone, sql, params);
  });
  return rows;
}

void PostgresDatabase::in_transaction(const std::function<void(Database&)>& body) {
  if (transaction_ != nullptr) return body(*this);
  retry_transient([&] { translated([&] { attempt(body); }); });
}

void PostgresDatabase::attempt(const std::function<void(Database&)>& body) {
  pqxx::work work(connection());
  transaction_ = &work;
  try {
    body(*this);
    transaction_ = nullptr;
    work.commit();
  } catch (...) {
    transaction_ = nullptr;
    throw;
  }
}

SqlRows PostgresDatabase::run(pqxx::transaction_base& transaction,
                              std::string_view sql,
                              const std::vector<SqlValue>& params) {
  if (params.empty()) return rows_of(transaction.exec(std::string(sql)));
  const TextParams texts(params);
  return rows_of(transaction.exec_prepared(
      prepared(sql), pqxx::prepare::make_dynamic_params(texts.pointers())));
}

const std::string& PostgresDatabase::prepared(std::string_view sql) {
  std::string key(sql);
  const auto known = statements_.find(key);
  if (known != statements_.end()) return known->second;
  if (statements_.size() >= kStatementsMax) {
    throw StoreError("more statements than a program of statements written once can have",
                     false);
  }
  auto name = "suan_" + std::to_string(statements_.size());
  connection_->prepare(name, key);
  return statements_.emplace(std::move(key), std::move(name)).first->second;
}

pqxx::connection& PostgresDatabase::connection() {
  if (connection_ == nullptr || !connection_->is_open()) connect();
  return *connection_;
}

void PostgresDatabase::connect() {
  connection_.reset();
  statements_.clear();
  connection_ = std::make_unique<pqxx::connection>(url_);
  pqxx::nontransaction setup(*connection_);
  setup.exec("SET client_min_messages = warning");
  setup.exec("SET client_encoding = 'UTF8'");
  setup.exec("SET synchronous_commit = on");
  setup.exec("SET statement_timeout = 5000");
  const auto locale = setup.exec(
      "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database "
      "WHERE datname = current_database()");
  const std::string encoding = locale.at(0).at(0).c_str();
  const std::string collation = locale.at(0).at(1).c_str();
  if (encoding != "UTF8" || (collation != "C" && collation != "POSIX")) {
    throw StoreError(
        fmt::format("store {}: encoding {} and locale {}, but UTF8 and C are needed "
                    "(createdb -E UTF8 -l C -T template0)",
                    name_, encoding, collation),
        false);
  }
}

/// Runs `action`, turning the library's exceptions into StoreError; a connection that may be
/// broken is dropped, so that the next use opens another.
template <class Action>
void PostgresDatabase::translated(const Action& action) {
  try {
    action();
  } catch (const StoreError& error) {
    // Thrown inside a transaction that has ended by now.
    if (error.is_transient() && transaction_ == nullptr) connection_.reset();
    throw;
  } catch (const pqxx::broken_connection& error) {
    fail_with(error, true);
  } catch (const pqxx::in_doubt_error& error) {
    fail_with(error, true);
  } catch (const pqxx::transaction_rollback& error) {
    fail_with(error, true);
  } catch (const pqxx::sql_error& error) {
    fail_with(error, is_transient_state(error.sqlstate()));
  } catch (const pqxx::failure& error) {
    // Neither SQLSTATE nor kind: version 6 reports some losses of the connection so.
    fail_with(error, connection_ == nullptr || !connection_->is_open());
  } catch (const pqxx::usage_error& error) {
    fail_with(error, false);
  } catch (const pqxx::argument_error& error) {
    fail_with(error, false);
  }
}

void PostgresDatabase::fail_with(const std::exception& error, bool is_transient) {
  std::string text = error.what();
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  // An open transaction still refers to the connection; `translated` around it comes by later.
  if (is_transient && transaction_ == nullptr) connection_.reset();
  throw StoreError(fmt::format("store {}: {}", name_, text), is_transient);
}

}  // namespace

std::unique_ptr<Database> open_postgres(const std::string& url) {
  return std::make_unique<PostgresDatabase>(url);
}

}  // namespace suan
