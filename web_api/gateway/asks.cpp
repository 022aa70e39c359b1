#include "web_api/gateway/asks.h"

#include <utility>

namespace suan::web_api {

namespace {

constexpr size_t kWaitingMax = 4096;

}  // namespace

Asks::~Asks() {
  for (const auto& [ask, waiting] : waiting_)
    loop_.cancel(waiting.timer);
}

uint64_t Asks::open(Then then) {
  if (waiting_.size() >= kWaitingMax) return 0;
  const uint64_t ask = ++last_;
  const TimerId timer = loop_.after(timeout_, [this, ask] {
    close(ask, fail(ErrorCode::Unavailable, "the scheduler did not answer in time"));
  });
  waiting_.emplace(ask, Waiting{std::move(then), timer});
  return ask;
}

void Asks::close(uint64_t ask, Result<std::string> answer) {
  const auto found = waiting_.find(ask);
  if (found == waiting_.end()) return;
  // The handler may ask again, so the entry goes first.
  const Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  loop_.cancel(waiting.timer);
  waiting.then(std::move(answer));
}

}  // namespace suan::web_api
