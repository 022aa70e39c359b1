#include "tests/support/http_world.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <stdlib.h>

#include <spdlog/spdlog.h>

namespace suan::test {

namespace {

std::string make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "suan_http_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

constexpr const char* kView = R"({"sites":[{"id":"north"}],)"
                              R"("nodes":[{"id":"north-1","site":"north"}],"replicas":[]})";

}  // namespace

HttpWorld::HttpWorld(web_api::HttpOptions options, const AddRoutes& add_routes)
    : folder_(make_folder()) {
  spdlog::set_level(spdlog::level::off);
  const std::string url = "sqlite:" + folder_ + "/suan.db";
  auto database = open_database(url);
  migrate(*database);
  store_ = std::make_unique<StoreThread>(std::move(database));
  keys_ = std::make_unique<web_api::KeyStore>(*store_, open_database(url), "secret");
  network_ = std::make_unique<ScriptedNetwork>(loop_);
  gateway_ =
      std::make_unique<web_api::Gateway>(loop_, network_->scheduler(), network_->agents(),
                                         usage_, web_api::GatewayConfig{.seed = 7});
  loop_thread_ = std::make_unique<LoopThread>(loop_);
  on_loop([this] { network_->publish(kView); });
  lab_key = make_key("lab", {"request"});
  admin_key = make_key("admin", {"admin"});

  authenticator_ = std::make_unique<web_api::Authenticator>(
      *keys_, web_api::RequestRate{.per_minute = 1'000'000, .burst = 100'000});
  web_api::Router router;
  add_routes(router, *this);
  options.listen = "127.0.0.1:0";
  if (options.threads == 0) options.threads = 2;
  server_ = std::make_unique<web_api::HttpServer>(options, std::move(router), *authenticator_,
                                                  metrics_);
  server_->start();
}

HttpWorld::~HttpWorld() {
  server_->stop(Duration{});
  loop_thread_.reset();
  server_.reset();
  keys_.reset();
  store_.reset();
  std::filesystem::remove_all(folder_);
}

std::string HttpWorld::head(const std::string& method, const std::string& path) const {
  return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n";
}

std::string HttpWorld::ask(const std::string& method,
                           const std::string& path,
                           const std::string& body,
                           const std::string& more_headers) const {
  return ask_as(lab_key, method, path, body, more_headers);
}

std::string HttpWorld::ask_as(const std::string& key,
                              const std::string& method,
                              const std::string& path,
                              const std::string& body,
                              const std::string& more_headers) const {
  RawClient client = connect();
  std::string request = head(method, path) + "Connection: close\r\n" + more_headers;
  if (!key.empty()) request += "Authorization: Bearer " + key + "\r\n";
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  client.send(request + "\r\n" + body);
  return client.read_all();
}

void HttpWorld::on_loop(const std::function<void()>& task) {
  std::promise<void> done;
  loop_.post([&] {
    task();
    done.set_value();
  });
  done.get_future().get();
}

bool HttpWorld::wait_for(const std::function<bool()>& is_true, Duration limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string HttpWorld::make_key(const std::string& account,
                                const std::vector<std::string>& rights) {
  std::promise<std::string> made;
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  keys_->create(
      AccountId(account), web_api::Rights::parse(rights).value(), now,
      [](const std::function<void()>& task) { task(); },
      [&](const Result<web_api::NewKey>& key) { made.set_value(key.value().text); });
  return made.get_future().get();
}

}  // namespace suan::test
