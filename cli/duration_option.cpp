#include "cli/duration_option.h"

#include <array>
#include <charconv>
#include <utility>

namespace suan::cli {

Result<Duration> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, int64_t>, 5> kUnits{{
      {"ms", 1'000},
      {"s", 1'000'000},
      {"m", 60'000'000},
      {"h", 3'600'000'000},
      {"d", 86'400'000'000},
  }};
  int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(rest, static_cast<size_t>(text.data() + text.size() - rest));
  for (const auto& [name, us] : kUnits) {
    if (error != std::errc{} || number <= 0 || name != unit) continue;
    int64_t total = 0;
    if (__builtin_mul_overflow(number, us, &total)) break;
    return Duration(total);
  }
  return fail(ErrorCode::BadRequest, "{} is no duration such as 90s, 30m or 24h", text);
}

}  // namespace suan::cli
