#include "web_api/openai/wishes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "catalog/types/text.h"

namespace suan::web_api {

namespace {

constexpr size_t kListMax = 64;
constexpr size_t kRegionBytesMax = 64;
constexpr double kPriceMax = 1e6;
constexpr double kMillisecondsMax = 3.6e6;

tl::unexpected<Error> refuse(std::string_view param, std::string_view what) {
  return fail_param(ErrorCode::BadRequest, std::string(param), "{} must be {}", param, what);
}

Result<void> wish_milliseconds(std::optional<Duration>& out,
                               double ms,
                               std::string_view param) {
  const bool is_in_range = ms > 0 && ms <= kMillisecondsMax;  // false for NaN, too
  if (!is_in_range) return refuse(param, "a number of milliseconds above 0");
  out = Duration(static_cast<int64_t>(std::llround(ms * 1e3)));
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

using WishOne = Result<void> (*)(Wishes&, std::string_view, std::string_view);

/// `a, b`: each item on its own.
Result<void> wish_list(Wishes& wishes,
                       std::string_view list,
                       std::string_view param,
                       WishOne wish) {
  size_t start = 0;
  while (start <= list.size()) {
    const size_t end = std::min(list.find(',', start), list.size());
    if (auto taken = wish(wishes, trimmed(list.substr(start, end - start)), param); !taken) {
      return taken;
    }
    start = end + 1;
  }
  return {};
}

Result<void> wish_header(Wishes& wishes, const Header& header) {
  const std::string_view name = header.name;
  if (name == "x-suan-policy") return wish_policy(wishes, header.value, "X-Suan-Policy");
  if (name == "x-suan-priority") return wish_priority(wishes, header.value, "X-Suan-Priority");
  if (name == "x-suan-site") {
    wishes.sites.clear();
    return wish_list(wishes, header.value, "X-Suan-Site", wish_site);
  }
  if (name == "x-suan-region") {
    wishes.regions.clear();
    return wish_list(wishes, header.value, "X-Suan-Region", wish_region);
  }
  if (name == "x-suan-max-price-per-mtok") {
    double yuan = -1;
    const char* end = header.value.data() + header.value.size();
    const auto [stop, bad] = std::from_chars(header.value.data(), end, yuan);
    if (bad != std::errc() || stop != end) yuan = -1;
    return wish_max_price(wishes, yuan, "X-Suan-Max-Price-Per-Mtok");
  }
  return fail_param(ErrorCode::BadRequest, printable(name, 64), "there is no wish {}",
                    printable(name, 64));
}

}  // namespace

Result<void> wish_policy(Wishes& wishes, std::string_view text, std::string_view param) {
  const auto policy = policy_of(text);
  if (!policy) return refuse(param, "latency, cost, balanced or throughput");
  wishes.policy = *policy;
  return {};
}

Result<void> wish_priority(Wishes& wishes, std::string_view text, std::string_view param) {
  if (text != to_string(Priority::Interactive) && text != to_string(Priority::Batch)) {
    return refuse(param, "interactive or batch");
  }
  const bool is_batch = text == to_string(Priority::Batch);
  wishes.priority = is_batch ? Priority::Batch : Priority::Interactive;
  return {};
}

Result<void> wish_site(Wishes& wishes, std::string_view text, std::string_view param) {
  if (!is_valid_name(text)) return refuse(param, "names of sites");
  if (wishes.sites.size() >= kListMax) return refuse(param, "at most 64 sites");
  wishes.sites.emplace_back(std::string(text));
  return {};
}

Result<void> wish_region(Wishes& wishes, std::string_view text, std::string_view param) {
  const bool is_fine = !text.empty() && text.size() <= kRegionBytesMax &&
                       printable(text, 4 * text.size()) == text;
  if (!is_fine) return refuse(param, "names of regions, at most 64 bytes each");
  if (wishes.regions.size() >= kListMax) return refuse(param, "at most 64 regions");
  wishes.regions.emplace_back(text);
  return {};
}

Result<void> wish_max_price(Wishes& wishes, double yuan, std::string_view param) {
  const bool is_in_range = yuan >= 0 && yuan <= kPriceMax;
  if (!is_in_range)
    return refuse(param, "a price in yuan per million tokens, from 0 to 1000000");
  // 1 yuan per million tokens is 1,000 nano-yuan per token.
  wishes.price_n_per_token_max = std::llround(yuan * 1e3);
  return {};
}

Result<void> wish_ttft(Wishes& wishes, double ms, std::string_view param) {
  return wish_milliseconds(wishes.ttft_max, ms, param);
}

Result<void> wish_tpot(Wishes& wishes, double ms, std::string_view param) {
  return wish_milliseconds(wishes.tpot_max, ms, param);
}

Result<void> wish_headers(Wishes& wishes, const std::vector<Header>& headers) {
  for (const Header& header : headers) {
    if (!header.name.starts_with("x-suan-")) continue;
    if (auto taken = wish_header(wishes, header); !taken) return taken;
  }
  return {};
}

}  // namespace suan::web_api
