#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/grammar/draft.h"

namespace suan::engine {

/// A number in decimal digits, without exponent.
struct Decimal {
  bool is_negative = false;
  std::string whole = "0";  // no zeros in front but a lone one
  std::string fraction;     // no zeros at the end

  [[nodiscard]] bool is_zero() const { return whole == "0" && fraction.empty(); }
};

/// Throws GrammarError when it has more digits than numbers here may have.
[[nodiscard]] Decimal read_decimal(std::string_view json_number);
/// As numbers compare.
[[nodiscard]] int compare(const Decimal& a, const Decimal& b);

struct NumberRange {
  struct Bound {
    Decimal value;
    bool is_exclusive = false;
  };

  std::optional<Bound> low;
  std::optional<Bound> high;
  bool is_whole = false;
  std::optional<Decimal> multiple_of;
};

/// Numbers have at most these digits before and after the point, so that no text goes on in
/// digits forever.
constexpr uint32_t kWholeDigits = 18;
constexpr uint32_t kFractionDigits = 15;

/// All ways to write the numbers of a range without exponent.
/// Throws GrammarError for a factor that is not supported.
[[nodiscard]] ByteGraph number_graph(const NumberRange& range);

}  // namespace suan::engine
