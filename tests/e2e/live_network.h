#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/types/result.h"
#include "catalog/wire/http_client.h"
#include "tests/e2e/process.h"
#include "tests/support/temporary_folder.h"

namespace suan::testing {

/// One streamed answer, as the client saw it.
struct StreamedAnswer {
  int status = 0;
  std::string text;
  std::string error;  // of an error event
  std::string request_id;
  std::string site;
  std::string node;
  uint32_t completion_tokens = 0;
  uint32_t chunks = 0;
  bool is_done = false;    // [DONE] arrived
  bool is_broken = false;  // the connection ended early
};

/// A real network for a test: `suan server` and `suan agent` processes on ports that the system
/// chooses. Everything lies in a folder of its own, and ends with the test.
class LiveNetwork {
 public:
  /// `store`: empty for SQLite.
  explicit LiveNetwork(std::string store = "");

  /// Starts, or starts again on the same data and ports; throws when it does not come up.
  void start_server();

  void kill_server() { server_->kill(); }

  [[nodiscard]] Process& server() { return *server_; }

  /// Starts the agent of a site: with a new ticket the first time, with its own key afterwards.
  Process& start_agent(const std::string& site, const std::vector<std::string>& more = {});

  [[nodiscard]] Process& agent(const std::string& site) { return *agents_.at(site); }

  /// Deploys a model, the bundled one by default, and waits until `replicas` are ready.
  void deploy(size_t replicas, const std::string& model = "stories-moe");
  [[nodiscard]] bool waits_for_replicas(size_t replicas, Duration most);

  [[nodiscard]] std::string make_ticket(const std::string& site);
  /// The answer to a call with the admin key, or with `key`.
  [[nodiscard]] HttpAnswer call(const std::string& method,
                                const std::string& path,
                                const std::string& body = "",
                                const std::string& key = "");
  [[nodiscard]] StreamedAnswer chat(const std::string& text,
                                    uint32_t tokens_max,
                                    const std::string& site = "",
                                    const std::function<void(uint32_t chunks)>& on_chunk = {});

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  [[nodiscard]] const std::string& url() const { return url_; }

  [[nodiscard]] const std::string& agents_address() const { return agents_address_; }

 private:
  [[nodiscard]] HttpRequest request(const std::string& method,
                                    const std::string& path,
                                    const std::string& body,
                                    const std::string& key) const;

  TemporaryFolder folder_;
  std::string store_;
  std::string listen_;
  std::string agents_listen_;
  std::string url_;
  std::string agents_address_;
  std::string key_;
  HttpClient http_{64};
  std::unique_ptr<Process> server_;
  std::map<std::string, std::unique_ptr<Process>> agents_;
};

}  // namespace suan::testing
