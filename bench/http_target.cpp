#include "bench/http_target.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "catalog/types/bounded_queue.h"
#include "catalog/types/json.h"
#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr size_t kEventsMax = 1U << 18U;
constexpr size_t kErrorBytesKept = 2048;

int64_t clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What the client's thread tells the player's.
struct Event {
  uint64_t exchange = 0;
  int64_t at_ns = 0;
  std::optional<RequestEnd> end;  // unset: a chunk
};

std::string body_of(const Timeline& timeline, const ScheduledRequest& request) {
  return dump_json({{"model", timeline.model.value()},
                    {"prompt", request.prompt},
                    {"max_tokens", request.output_tokens},
                    {"temperature", 1},
                    {"seed", request.number},
                    {"ignore_eos", timeline.ignore_eos},
                    {"stream", true},
                    {"stream_options", {{"include_usage", true}}}});
}

/// Reads one streamed answer as it comes, on the client's thread.
class Answer {
 public:
  Answer(uint64_t exchange, BoundedQueue<Event>& events)
      : exchange_(exchange), events_(events) {}

  void take(std::string_view bytes) {
    const int64_t at_ns = clock_ns();
    if (head_.size() < kErrorBytesKept) {
      head_ += bytes.substr(0, kErrorBytesKept - head_.size());
    }
    const auto fed =
        reader_.feed(bytes, [&](std::string_view data) { take_event(data, at_ns); });
    if (!fed && error_.empty()) {
      error_ = fed.error().message;
    }
  }

  void end(const Result<HttpAnswer>& answer) {
    const int64_t at_ns = clock_ns();
    RequestEnd end{.at_ns = at_ns, .status = status_of(answer), .error = error_};
    if (end.status == "ok") {
      end.usage = usage_;
    }
    // Should the queue be full, the player's own deadline ends the request.
    (void)events_.try_push({.exchange = exchange_, .at_ns = at_ns, .end = std::move(end)});
  }

 private:
  void take_event(std::string_view data, int64_t at_ns) {
    if (data == "[DONE]") {
      is_whole_ = true;
      return;
    }
    const auto json = parse_json(data);
    if (!json || !json->is_object()) {
      error_ = "an event is no JSON object";
      return;
    }
    if (const auto found = json->find("error"); found != json->end()) {
      error_ = printable(dump_json(*found));
    }
    take_usage(*json);
    if (has_text(*json) &&
        !events_.try_push({.exchange = exchange_, .at_ns = at_ns, .end = {}})) {
      error_ = "the generator fell behind";
    }
  }

  static bool has_text(const Json& json) {
    const auto choices = json.find("choices");
    if (choices == json.end() || !choices->is_array()) {
      return false;
    }
    return std::ranges::any_of(*choices, [](const Json& choice) {
      const auto text = choice.is_object() ? choice.find("text") : choice.end();
      return choice.is_object() && text != choice.end() && text->is_string() &&
             !text->get_ref<const std::string&>().empty();
    });
  }

  void take_usage(const Json& json) {
    const auto usage = json.find("usage");
    if (usage == json.end() || !usage->is_object()) {
      return;
    }
    const auto count = [&](const Json& from, const char* name) {
      const auto found = from.find(name);
      const bool is_count = found != from.end() && found->is_number_unsigned();
      return static_cast<uint32_t>(
          is_count ? std::min<uint64_t>(found->get<uint64_t>(), UINT32_MAX) : 0);
    };
    usage_.prompt_tokens = count(*usage, "prompt_tokens");
    usage_.completion_tokens = count(*usage, "completion_tokens");
    if (const auto details = usage->find("prompt_tokens_details");
        details != usage->end() && details->is_object()) {
      usage_.cached_tokens = count(*details, "cached_tokens");
    }
  }

  std::string status_of(const Result<HttpAnswer>& answer) {
    if (!answer) {
      error_ = answer.error().message;
      return answer.error().code == ErrorCode::TimedOut ? "timeout" : "error";
    }
    if (answer->status == 429 || answer->status == 503) {
      error_ = printable(head_);
      return "shed";
    }
    if (answer->status != 200) {
      error_ = fmt::format("status {}: {}", answer->status, printable(head_));
      return "error";
    }
    if (!error_.empty()) {
      return "error";
    }
    return is_whole_ ? "ok" : "cut";
  }

  uint64_t exchange_;
  BoundedQueue<Event>& events_;
  SseReader reader_;
  std::string head_;  // the beginning of the answer, for error messages
  std::string error_;
  Usage usage_;
  bool is_whole_ = false;
};

}  // namespace

struct HttpTarget::State {
  HttpUrl url;
  std::string api_key;
  BoundedQueue<Event> events{kEventsMax};
  std::unordered_map<uint64_t, Callbacks> waiting;  // player's thread only
  uint64_t last_exchange = 0;
  HttpClient client;  // last: its end still tells `events`

  void run(const Event& event) {
    const auto found = waiting.find(event.exchange);
    if (found == waiting.end()) {
      return;
    }
    if (!event.end) {
      found->second.on_chunk(event.at_ns);
      return;
    }
    const Callbacks callbacks = std::move(found->second);
    waiting.erase(found);
    callbacks.on_end(*event.end);
  }
};

HttpTarget::HttpTarget(HttpTargetOptions options) : state_(std::make_unique<State>()) {
  auto url = parse_http_url(options.base_url);
  if (!url) {
    throw std::invalid_argument(url.error().message);
  }
  state_->url = std::move(*url);
  state_->url.path = "/v1/completions";
  state_->api_key = std::move(options.api_key);
}

HttpTarget::~HttpTarget() = default;

int64_t HttpTarget::now_ns() const {
  return clock_ns();
}

void HttpTarget::start(const Timeline& timeline,
                       const ScheduledRequest& request,
                       Callbacks callbacks) {
  const uint64_t exchange = ++state_->last_exchange;
  state_->waiting.emplace(exchange, std::move(callbacks));
  const auto answer = std::make_shared<Answer>(exchange, state_->events);
  HttpRequest http{.method = "POST",
                   .url = state_->url,
                   .headers = {{"Content-Type", "application/json"},
                               {"Accept", "text/event-stream"},
                               {"Authorization", "Bearer " + state_->api_key},
                               {"X-Suan-Site", timeline.site.value()}},
                   .body = body_of(timeline, request),
                   .timeout = timeline.timeout};
  state_->client.stream(
      std::move(http), [answer](std::string_view bytes) { answer->take(bytes); },
      [answer](const Result<HttpAnswer>& result) { answer->end(result); });
}

void HttpTarget::wait(int64_t until_ns) {
  // Rounded up: a wait of 0.4 us must not become a loop without one.
  const Duration left((std::max<int64_t>(until_ns - clock_ns(), 0) + 999) / 1000);
  auto event = state_->events.pop_for(left);
  while (event) {
    state_->run(*event);
    event = state_->events.try_pop();
  }
}

}  // namespace suan::bench
