#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "catalog/store/store.h"
#include "web_api/accounts/keys.h"
#include "web_api/accounts/rate_limit.h"
#include "web_api/http/message.h"

namespace suan::web_api {

/// Why a request is not let in, and when to come back.
struct Denial {
  Error error;
  std::optional<Duration> retry_after;
};

/// The one way from a request's headers to who sent it (A3), with the limits of A7.
///
/// Threads:  any.
class Authenticator {
 public:
  using Then = std::function<void(tl::expected<Identity, Denial>)>;

  /// `keys` outlives this.
  Authenticator(KeyStore& keys, RequestRate rate) : keys_(keys), rate_(rate) {}

  /// Calls `then` once: on this thread when memory knows the key, else through `answer_to`.
  void authenticate(const std::vector<Header>& headers,
                    const std::string& address,
                    Store::Post answer_to,
                    Then then);

 private:
  void finish(const Result<Identity>& found, const std::string& address, const Then& then);

  KeyStore& keys_;
  RequestLimit rate_;
  FailureLimit failures_;
};

}  // namespace suan::web_api
