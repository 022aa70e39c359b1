#include "tests/contract/store/any_store.h"

#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

namespace suan::testing {
namespace {

std::unique_ptr<PrivatePostgres>& cluster() {
  static std::unique_ptr<PrivatePostgres> instance;
  return instance;
}

std::string next_name() {
  static int counter = 0;
  return "store" + std::to_string(++counter);
}

}  // namespace

AnyStore::AnyStore(StoreKind kind) {
  if (kind == StoreKind::PostgreSql) {
    url_ = shared_postgres().make_database(next_name());
  } else if (kind == StoreKind::SqliteMemory) {
    url_ = "sqlite::memory:";
  } else {
    auto pattern = (std::filesystem::temp_directory_path() / "suan-store-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    folder_ = pattern;
    url_ = "sqlite:" + (folder_ / "suan.db").string();
  }
}

AnyStore::~AnyStore() {
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::unique_ptr<Database> AnyStore::open() const {
  auto database = open_database(url_);
  migrate(*database);
  return database;
}

PrivatePostgres& shared_postgres() {
  if (!cluster()) cluster() = std::make_unique<PrivatePostgres>();
  return *cluster();
}

void stop_shared_postgres() {
  cluster().reset();
}

}  // namespace suan::testing
