#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "catalog/types/json.h"
#include "catalog/wire/http_client.h"
#include "cli/control_plane.h"
#include "node_agent/role.h"
#include "tests/support/instant_launcher.h"
#include "tests/support/temporary_folder.h"

namespace suan {
namespace {

/// The whole path of a request on loopback, with a runner that answers at once: HTTP in, key,
/// scan, Submit, place, Placed, Body, agent, Tokens, SSE out. What it takes is what the
/// network adds to any model's time to first token.
class InstantNetwork {
 public:
  InstantNetwork()
      : plane_({.data = folder_.path() / "server",
                .listen = "127.0.0.1:0",
                .agents_listen = "127.0.0.1:0",
                .http_threads = 1}),
        key_(*plane_.new_admin_key()),
        agent_(agent_options()),
        thread_([this] { (void)agent_.run(); }) {
    while (call("POST", "/api/v1/deployments", R"({"model":"instant"})") >= 300)
      pause();
    while (call("POST", "/v1/completions", body()) != 200)
      pause();
  }

  ~InstantNetwork() {
    agent_.stop();
    thread_.join();
    plane_.stop(Duration(0));
  }

  /// Nanoseconds from the call to the first byte of the answer's body.
  double time_to_first_byte_ns() {
    using Clock = std::chrono::steady_clock;
    std::promise<void> ended;
    Clock::time_point first;
    const auto start = Clock::now();
    http_.stream(
        request("POST", "/v1/completions", body()),
        [&](std::string_view) {
          if (first == Clock::time_point{}) first = Clock::now();
        },
        [&](const Result<HttpAnswer>&) { ended.set_value(); });
    ended.get_future().wait();
    return std::chrono::duration<double, std::nano>(first - start).count();
  }

 private:
  static std::string body() {
    return R"({"model":"instant","prompt":"Once upon a time","max_tokens":1,"stream":true})";
  }

  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

  node_agent::AgentOptions agent_options() {
    const Result<HttpAnswer> answer = http_.fetch(request(
        "POST", "/api/v1/tickets", R"({"site":"here","expires_s":60,"auto_approve":true})"));
    node_agent::AgentOptions options{.data = folder_.path() / "agent",
                                     .ticket = parse_json(answer->body)->at("ticket"),
                                     .node = "here-1",
                                     .threads = 1};
    options.make_launcher = [](Loop& loop) {
      return std::make_unique<testing::InstantLauncher>(loop, ModelId("instant"));
    };
    return options;
  }

  HttpRequest request(const std::string& method,
                      const std::string& path,
                      const std::string& body) {
    HttpRequest request{
        .method = method, .url = *parse_http_url(plane_.url() + path), .body = body};
    request.headers.emplace_back("Authorization", "Bearer " + key_);
    return request;
  }

  int call(const std::string& method, const std::string& path, const std::string& body) {
    const Result<HttpAnswer> answer = http_.fetch(request(method, path, body));
    return answer ? answer->status : 999;
  }

  testing::TemporaryFolder folder_;
  cli::ControlPlane plane_;
  std::string key_;
  HttpClient http_{4};
  node_agent::AgentRole agent_;
  std::thread thread_;
};

/// Read it as: p50 and p99 in milliseconds; the promise is p50 under 1 ms.
void bm_gateway_overhead(benchmark::State& state) {
  spdlog::set_level(spdlog::level::warn);
  InstantNetwork network;
  std::vector<double> times;

  for (auto _ : state) {
    times.push_back(network.time_to_first_byte_ns());
    state.SetIterationTime(times.back() / 1e9);
  }

  std::sort(times.begin(), times.end());
  state.counters["p50_ms"] = times[times.size() / 2] / 1e6;
  state.counters["p99_ms"] = times[times.size() * 99 / 100] / 1e6;
}

BENCHMARK(bm_gateway_overhead)->UseManualTime()->Iterations(2000);

}  // namespace
}  // namespace suan
