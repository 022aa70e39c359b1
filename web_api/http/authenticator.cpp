#include "web_api/http/authenticator.h"

#include <chrono>
#include <string>
#include <utility>

namespace suan::web_api {

namespace {

constexpr std::string_view kNoKey =
    "no API key: send it as `Authorization: Bearer sk-suan-...`";

Time now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Time(std::chrono::duration_cast<Duration>(since));
}

/// The key of the one Authorization header; nothing when there is none, or two.
std::optional<std::string_view> key_in(const std::vector<Header>& headers) {
  constexpr std::string_view kScheme = "bearer ";
  std::optional<std::string_view> key;
  for (const Header& header : headers) {
    if (header.name != "authorization") continue;
    if (key || header.value.size() <= kScheme.size()) return std::nullopt;
    for (size_t i = 0; i < kScheme.size(); ++i) {
      if ((header.value[i] | 0x20) != kScheme[i]) return std::nullopt;
    }
    key = std::string_view(header.value).substr(kScheme.size());
  }
  return key;
}

}  // namespace

void Authenticator::authenticate(const std::vector<Header>& headers,
                                 const std::string& address,
                                 Store::Post answer_to,
                                 Then then) {
  const auto key = key_in(headers);
  if (!key) {
    return then(tl::unexpected<Denial>(
        {Error{ErrorCode::Unauthorized, std::string(kNoKey)}, std::nullopt}));
  }
  // Keys in memory pass even from an address that guesses: others may share it, and 256 bits
  // are not found by guessing.
  if (const auto known = keys_.check(*key)) return finish(known, address, then);
  if (const auto wait = failures_.wait_of(address, now())) {
    Error error{ErrorCode::Overloaded, "too many wrong keys from this address"};
    return then(tl::unexpected<Denial>({std::move(error), wait}));
  }
  keys_.look_up(*key, std::move(answer_to),
                [this, address, then = std::move(then)](const Result<Identity>& found) {
                  finish(found, address, then);
                });
}

void Authenticator::finish(const Result<Identity>& found,
                           const std::string& address,
                           const Then& then) {
  if (!found) {
    if (found.error().code == ErrorCode::Unauthorized) failures_.failed(address, now());
    return then(tl::unexpected<Denial>({found.error(), std::nullopt}));
  }
  if (const auto wait = rate_.take(found->key_prefix, now())) {
    Error error{ErrorCode::Overloaded, "this key sends requests faster than its limit"};
    return then(tl::unexpected<Denial>({std::move(error), wait}));
  }
  then(*found);
}

}  // namespace suan::web_api
