#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "web_api/console/parts.h"
#include "web_api/http/errors.h"

// What happens in the network, as server-sent events.

namespace suan::web_api {

namespace {

constexpr uint32_t kListenersMax = 64;
constexpr Duration kAliveEvery = 15s;  // so that a client that left is found out

/// One client that listens. Lives on the gateway's loop.
class EventFeed : public std::enable_shared_from_this<EventFeed> {
 public:
  EventFeed(Gateway& gateway,
            std::shared_ptr<Reply> reply,
            bool sees_placements,
            std::shared_ptr<std::atomic<uint32_t>> listeners)
      : gateway_(gateway),
        reply_(std::move(reply)),
        sees_placements_(sees_placements),
        listeners_(std::move(listeners)) {}

  void start() {
    reply_->start_stream(sse_head());
    subscription_ = gateway_.subscribe(
        [self = shared_from_this()](const std::string& kind, const std::string& json) {
          if (kind == "placement" && !self->sees_placements_) return;
          self->write(sse_event(kind, json));
        });
    keep_alive();
  }

  void stop() {
    if (is_over_) return;
    is_over_ = true;
    --*listeners_;
    gateway_.loop().cancel(timer_);
    // Not from within the gateway's own walk over its subscribers.
    gateway_.loop().post([self = shared_from_this()] {
      self->gateway_.unsubscribe(self->subscription_);
      self->reply_->finish();
    });
  }

 private:
  void keep_alive() {
    write(": alive\n\n");
    if (is_over_) return;
    timer_ =
        gateway_.loop().after(kAliveEvery, [self = shared_from_this()] { self->keep_alive(); });
  }

  void write(std::string event) {
    if (is_over_) return;
    if (!reply_->write(std::move(event))) stop();
  }

  Gateway& gateway_;
  std::shared_ptr<Reply> reply_;
  bool sees_placements_;
  std::shared_ptr<std::atomic<uint32_t>> listeners_;
  uint64_t subscription_ = 0;
  TimerId timer_;
  bool is_over_ = false;
};

}  // namespace

void add_event_routes(Router& router, const ConsoleContext& context) {
  Gateway& gateway = context.gateway;
  const auto listeners = std::make_shared<std::atomic<uint32_t>>(0);
  router.add(
      {"GET", "/api/v1/events", Access::AnyKey,
       "Changes of nodes and plan, benchmark progress, and with admin placements; SSE",
       [&gateway, listeners](const Request& request, const std::shared_ptr<Reply>& reply) {
         if (listeners->fetch_add(1) >= kListenersMax) {
           --*listeners;
           return reply->send(error_answer(
               Error{ErrorCode::Unavailable, "too many clients listen to events"}));
         }
         const auto feed = std::make_shared<EventFeed>(
             gateway, reply, request.identity.rights.is_admin(), listeners);
         gateway.loop().post([feed] { feed->start(); });
         reply->on_gone([&gateway, feed] { gateway.loop().post([feed] { feed->stop(); }); });
       }});
}

}  // namespace suan::web_api
