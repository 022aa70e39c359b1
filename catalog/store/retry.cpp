#include "catalog/store/retry.h"

#include <algorithm>
#include <thread>

#include "catalog/store/database.h"

namespace suan {

void retry_transient(const std::function<void()>& attempt) {
  auto pause = Duration(25ms);
  for (int retries = 0;; ++retries) {
    try {
      return attempt();
    } catch (const StoreError& error) {
      if (!error.is_transient() || retries == kRetriesMax) throw;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 4, Duration(800ms));
  }
}

}  // namespace suan
