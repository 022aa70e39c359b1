#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "catalog/types/result.h"
#include "catalog/wire/loop.h"

namespace suan::web_api {

/// Questions to the scheduler that wait for their answers; each ends once, or times out.
///
/// Threads:  the loop's.
class Asks {
 public:
  using Then = std::function<void(Result<std::string> json)>;

  /// `loop` outlives this.
  Asks(Loop& loop, Duration timeout) : loop_(loop), timeout_(timeout) {}

  ~Asks();
  Asks(const Asks&) = delete;
  Asks& operator=(const Asks&) = delete;

  /// The number to send with the question; 0 when too many wait already.
  [[nodiscard]] uint64_t open(Then then);

  /// Ends a question; answers to unknown or ended ones are ignored.
  void close(uint64_t ask, Result<std::string> answer);

 private:
  struct Waiting {
    Then then;
    TimerId timer;
  };

  Loop& loop_;
  Duration timeout_;
  uint64_t last_ = 0;
  std::unordered_map<uint64_t, Waiting> waiting_;
};

}  // namespace suan::web_api
