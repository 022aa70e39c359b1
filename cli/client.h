#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/types/time.h"
#include "catalog/wire/http_client.h"
#include "cli/command.h"

namespace suan::cli {

/// The network's HTTP API as the commands use it; every refusal becomes a `Failure`.
class Client {
 public:
  explicit Client(NetworkOptions network) : network_(std::move(network)) {}

  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// The body of a 2xx answer. `path` begins with a slash.
  [[nodiscard]] std::string get(const std::string& path);
  [[nodiscard]] std::string send(const std::string& method,
                                 const std::string& path,
                                 const std::string& json);

  /// Posts `json` and hands over the `data:` of each server-sent event as it comes.
  /// `on_data` returns false to hang up. Returns the answer's headers.
  HttpAnswer stream(const std::string& method,
                    const std::string& path,
                    const std::string& json,
                    const Headers& headers,
                    Duration timeout,
                    const std::function<void(std::string_view)>& on_data);

  [[nodiscard]] const std::string& url() const { return network_.url; }

 private:
  [[nodiscard]] HttpRequest request(const std::string& method,
                                    const std::string& path,
                                    const std::string& json) const;

  NetworkOptions network_;
  HttpClient http_{4};
};

/// The sentence inside an answer of OpenAI's error shape, or one made from the status.
[[noreturn]] void end_with_answer(const HttpAnswer& answer, const std::string& body);

}  // namespace suan::cli
