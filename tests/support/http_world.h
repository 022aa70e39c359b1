#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/store_thread.h"
#include "catalog/wire/zmq_loop.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_network.h"
#include "web_api/accounts/keys.h"
#include "web_api/gateway/gateway.h"
#include "web_api/http/server.h"

namespace suan::test {

/// Every row is durable at once.
class WillingUsageLog final : public web_api::UsageLog {
 public:
  bool append(const UsageRow&, std::function<void(bool)> durable) override {
    durable(true);
    return true;
  }

  [[nodiscard]] bool has_room() const override { return true; }
};

/// Runs a loop on a thread of its own, until the end of its life.
class LoopThread {
 public:
  explicit LoopThread(ZmqLoop& loop) : loop_(loop), thread_([&loop] { loop.run(); }) {}

  ~LoopThread() {
    loop_.stop();
    thread_.join();
  }

  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

 private:
  ZmqLoop& loop_;
  std::thread thread_;
};

/// A real HTTP server, key store and gateway on loopback; behind them a scripted network.
class HttpWorld {
 public:
  using AddRoutes = std::function<void(web_api::Router&, HttpWorld&)>;

  /// `add_routes` fills the table before the server starts.
  HttpWorld(web_api::HttpOptions options, const AddRoutes& add_routes);
  ~HttpWorld();
  HttpWorld(const HttpWorld&) = delete;
  HttpWorld& operator=(const HttpWorld&) = delete;

  [[nodiscard]] RawClient connect(int receive_bytes = 0) const {
    return RawClient(server_->port(), receive_bytes);
  }

  /// One request with a key of account `lab`; the whole answer, connection closed after it.
  [[nodiscard]] std::string ask(const std::string& method,
                                const std::string& path,
                                const std::string& body = "",
                                const std::string& more_headers = "") const;

  /// The same without a key, or with that one.
  [[nodiscard]] std::string ask_as(const std::string& key,
                                   const std::string& method,
                                   const std::string& path,
                                   const std::string& body = "",
                                   const std::string& more_headers = "") const;

  /// Runs `task` on the gateway's loop and waits for it.
  void on_loop(const std::function<void()>& task);

  /// Waits until `is_true`, at most `limit`; tells whether it came true.
  static bool wait_for(const std::function<bool()>& is_true, Duration limit = 5s);

  /// A new key with these rights.
  [[nodiscard]] std::string make_key(const std::string& account,
                                     const std::vector<std::string>& rights);

  [[nodiscard]] std::string head(const std::string& method, const std::string& path) const;

  std::string lab_key;    // request
  std::string admin_key;  // admin

  ScriptedNetwork& network() { return *network_; }

  web_api::Gateway& gateway() { return *gateway_; }

  web_api::KeyStore& keys() { return *keys_; }

  web_api::HttpServer& server() { return *server_; }

  web_api::Metrics& metrics() { return metrics_; }

  Store& store() { return *store_; }

 private:
  std::string folder_;
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<web_api::KeyStore> keys_;
  ZmqContext context_;
  ZmqLoop loop_{context_};
  std::unique_ptr<ScriptedNetwork> network_;
  WillingUsageLog usage_;
  std::unique_ptr<web_api::Gateway> gateway_;
  std::unique_ptr<web_api::Authenticator> authenticator_;
  web_api::Metrics metrics_;
  std::unique_ptr<LoopThread> loop_thread_;
  std::unique_ptr<web_api::HttpServer> server_;
};

}  // namespace suan::test
