#include "node_agent/farewell.h"

#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"
#include "node_agent/gateway_links.h"

namespace suan::node_agent {

namespace {

// A connection whose queue is full is tried again after so long.
constexpr Duration kAskEvery = 20ms;

}  // namespace

void Farewell::say(Duration limit, std::function<void()> done) {
  if (std::exchange(is_said_, true)) return;
  done_ = std::move(done);
  until_ = loop_.now() + limit;
  unanswered_ = gateways_.ids();
  unasked_ = unanswered_;
  ask();
}

void Farewell::answered(const std::string& gateway_id) {
  // An answer to a question of another time tells nothing.
  if (!is_said_ || unasked_.contains(gateway_id)) return;
  unanswered_.erase(gateway_id);
}

void Farewell::ask() {
  if (unanswered_.empty() || loop_.now() >= until_) {
    timer_ = loop_.after(0us, [done = std::move(done_)] { done(); });
    return;
  }
  v1::Envelope question;
  question.mutable_echo()->set_t0_us(
      std::max<int64_t>(loop_.now().time_since_epoch().count(), 1));
  std::erase_if(unasked_, [&](const std::string& id) { return gateways_.send(id, question); });
  timer_ = loop_.after(kAskEvery, [this] { ask(); });
}

}  // namespace suan::node_agent
