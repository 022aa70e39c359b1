#include "tests/e2e/live_network.h"

#include <arpa/inet.h>
#include <future>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/random.h"

namespace suan::testing {

namespace {

constexpr Duration kStart = 30s;  // sanitizers are slow

/// The words after `before` up to the next of `ends`.
std::string word_after(const std::string& text, const std::string& before, const char* ends) {
  const size_t from = text.rfind(before);
  if (from == std::string::npos) return "";
  const size_t start = from + before.size();
  return text.substr(start, text.find_first_of(ends, start) - start);
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_free(uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  const int failed = bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  close(probe);
  return failed == 0;
}

/// Two ports in a row that are free now and below those which the system gives to clients: a
/// restart must find them free again.
uint16_t free_port_pair() {
  static Random random(static_cast<uint64_t>(getpid()));
  for (;;) {
    const auto port = static_cast<uint16_t>(20'000 + 2 * random.below(6'000));
    if (is_free(port) && is_free(port + 1)) return port;
  }
}

void read_event(std::string_view data, StreamedAnswer& answer) {
  if (data == "[DONE]") {
    answer.is_done = true;
    return;
  }
  const Result<Json> chunk = parse_json(data);
  if (!chunk) return;
  if (chunk->contains("error")) answer.error = text_of((*chunk)["error"], "message");
  if (chunk->contains("usage") && (*chunk)["usage"].is_object()) {
    answer.completion_tokens = (*chunk)["usage"].value("completion_tokens", 0U);
  }
  const Json choices = chunk->value("choices", Json::array());
  if (choices.empty()) return;
  const std::string piece = text_of(choices[0].value("delta", Json::object()), "content");
  answer.text += piece;
  if (!piece.empty()) ++answer.chunks;
}

}  // namespace

LiveNetwork::LiveNetwork(std::string store)
    : store_(std::move(store)),
      listen_(fmt::format("127.0.0.1:{}", free_port_pair())),
      agents_listen_(fmt::format("127.0.0.1:{}", free_port_pair())) {
  start_server();
}

void LiveNetwork::start_server() {
  server_.reset();
  std::filesystem::remove(folder() / "server.log");
  std::vector<std::string> arguments{SUAN_BINARY,         "server",      "--data",
                                     folder() / "server", "--listen",    listen_,
                                     "--agents-listen",   agents_listen_};
  if (!store_.empty()) arguments.insert(arguments.end(), {"--store", store_});
  server_ = std::make_unique<Process>(arguments, folder() / "server.log");
  if (!server_->says("for agents", kStart)) throw std::runtime_error(server_->output());
  url_ = word_after(server_->output(), "serving ", " ");
  agents_address_ = word_after(server_->output(), "for people, ", " ");
  key_ = read_bytes(folder() / "server" / "keys" / "admin.key");
  key_.erase(key_.find_last_not_of(" \n") + 1);
}

std::string LiveNetwork::make_ticket(const std::string& site) {
  const HttpAnswer answer =
      call("POST", "/api/v1/tickets",
           fmt::format(R"({{"site":"{}","expires_s":600,"auto_approve":true}})", site));
  const Result<Json> json = parse_json(answer.body);
  if (!json || !json->contains("ticket")) throw std::runtime_error(answer.body);
  return (*json)["ticket"];
}

Process& LiveNetwork::start_agent(const std::string& site,
                                  const std::vector<std::string>& more) {
  std::vector<std::string> arguments{
      SUAN_BINARY, "agent",
      "--data",    folder() / site,
      "--node",    site + "-1",
      "--threads", "1",
      "--model",   std::string(SUAN_SOURCE_DIR) + "/models/stories-moe"};
  if (agents_.count(site) == 0)
    arguments.insert(arguments.end(), {"--ticket", make_ticket(site)});
  arguments.insert(arguments.end(), more.begin(), more.end());
  agents_[site] = std::make_unique<Process>(arguments, folder() / (site + ".log"));
  return *agents_[site];
}

bool LiveNetwork::waits_for_replicas(size_t replicas, Duration most) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (std::chrono::steady_clock::now() < end) {
    const Result<Json> json = parse_json(call("GET", "/api/v1/replicas").body);
    size_t ready = 0;
    if (json && json->contains("items")) {
      for (const Json& replica : (*json)["items"])
        ready += text_of(replica, "state") == "ready";
    }
    if (ready == replicas) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

void LiveNetwork::deploy(size_t replicas, const std::string& model) {
  // The model is known once the first agent has registered.
  const auto end = std::chrono::steady_clock::now() + kStart;
  const std::string body = fmt::format(R"({{"model":"{}"}})", model);
  while (call("POST", "/api/v1/deployments", body).status >= 300) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("no deployment");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (waits_for_replicas(replicas, kStart)) return;
  std::string logs = server_->output();
  for (const auto& [site, agent] : agents_)
    logs += "\n" + site + ":\n" + agent->output();
  throw std::runtime_error("the replicas are not ready:\n" + logs);
}

HttpRequest LiveNetwork::request(const std::string& method,
                                 const std::string& path,
                                 const std::string& body,
                                 const std::string& key) const {
  HttpRequest request{.method = method, .url = *parse_http_url(url_ + path), .body = body};
  request.headers.emplace_back("Authorization", "Bearer " + (key.empty() ? key_ : key));
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

HttpAnswer LiveNetwork::call(const std::string& method,
                             const std::string& path,
                             const std::string& body,
                             const std::string& key) {
  const Result<HttpAnswer> answer = http_.fetch(request(method, path, body, key));
  if (!answer) return {.status = 0, .body = answer.error().message};
  return *answer;
}

StreamedAnswer LiveNetwork::chat(const std::string& text,
                                 uint32_t tokens_max,
                                 const std::string& site,
                                 const std::function<void(uint32_t chunks)>& on_chunk) {
  const Json body{
      {"model", "stories-moe"}, {"messages", {{{"role", "user"}, {"content", text}}}},
      {"stream", true},         {"stream_options", {{"include_usage", true}}},
      {"temperature", 0},       {"max_tokens", tokens_max}};
  HttpRequest asked = request("POST", "/v1/chat/completions", dump_json(body), "");
  if (!site.empty()) asked.headers.emplace_back("X-Suan-Site", site);

  StreamedAnswer seen;
  SseReader reader;
  std::promise<Result<HttpAnswer>> ended;
  http_.stream(
      std::move(asked),
      [&](std::string_view bytes) {
        const uint32_t before = seen.chunks;
        (void)reader.feed(bytes, [&](std::string_view data) { read_event(data, seen); });
        if (on_chunk && seen.chunks != before) on_chunk(seen.chunks);
      },
      [&](Result<HttpAnswer> answer) { ended.set_value(std::move(answer)); });
  const Result<HttpAnswer> answer = ended.get_future().get();
  if (!answer) {
    seen.is_broken = true;
    return seen;
  }
  seen.status = answer->status;
  seen.request_id = answer->header("x-suan-request-id");
  seen.site = answer->header("x-suan-site");
  seen.node = answer->header("x-suan-node");
  return seen;
}

}  // namespace suan::testing
