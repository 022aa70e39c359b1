#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "catalog/store/account_tables.h"
#include "catalog/store/database.h"
#include "catalog/types/bounded_queue.h"
#include "catalog/types/bytes.h"
#include "catalog/types/published.h"
#include "web_api/accounts/keys.h"

namespace suan::web_api {

/// HMACs of keys are random to whoever does not know the secret, so eight bytes hash well.
struct DigestHash {
  size_t operator()(const Digest& digest) const noexcept;
};

struct EqualInConstantTime {
  bool operator()(const Digest& a, const Digest& b) const;
};

/// All valid keys by their HMAC.
using KeySnapshot = std::unordered_map<Digest, Identity, DigestHash, EqualInConstantTime>;

/// Read everything again, then call `done` with the error, if any.
struct RefreshKeys {
  std::function<void(const std::string& error)> done;
};

struct LookUpKey {
  Digest hmac;
  std::function<void(Result<Identity>)> done;
};

struct ListKeys {
  std::function<void(Result<std::vector<KeyWithAccount>>)> done;
};

using KeyQuestion = std::variant<RefreshKeys, LookUpKey, ListKeys>;

/// The thread that reads keys from the store, each kRefreshEvery and when asked.
///
/// The questions outlive the thread in a shared queue, since store jobs may answer late.
/// Threads:  `done` functions run on the reader's thread; everything else any.
class KeyReader {
 public:
  using Questions = BoundedQueue<KeyQuestion>;

  static constexpr size_t kQuestionsMax = 1'000;

  /// Reads all keys first; throws StoreError.
  explicit KeyReader(std::unique_ptr<Database> database);
  ~KeyReader();
  KeyReader(const KeyReader&) = delete;
  KeyReader& operator=(const KeyReader&) = delete;

  [[nodiscard]] std::shared_ptr<const KeySnapshot> keys() const { return keys_.get(); }

  [[nodiscard]] const std::shared_ptr<Questions>& questions() const { return questions_; }

 private:
  void run();
  void refresh();
  void answer(KeyQuestion& question);
  [[nodiscard]] std::string error_of(const std::function<void()>& read);

  std::unique_ptr<Database> database_;
  Published<KeySnapshot> keys_;
  std::shared_ptr<Questions> questions_;
  std::jthread thread_;
};

}  // namespace suan::web_api
