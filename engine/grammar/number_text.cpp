#include "engine/grammar/number_text.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace suan::engine {
namespace {

constexpr uint32_t kFactorMax = 200;

std::string without_zeros_before(std::string digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  return digits.empty() ? "0" : digits;
}

std::string without_zeros_after(std::string digits) {
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

int compare_magnitudes(const Decimal& a, const Decimal& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  const int wholes = a.whole.compare(b.whole);
  return wholes != 0 ? wholes : a.fraction.compare(b.fraction);
}

bool is_zero_from(const std::string& digits, size_t position) {
  return digits.find_first_not_of('0', position) == std::string::npos;
}

char digit_at(const std::string& digits, size_t position) {
  return position < digits.size() ? digits[position] : '0';
}

/// Magnitudes between two bounds, written digit by digit.
///
/// While what is written equals the beginning of a bound, it is "tight" there, and the next
/// digit must not pass the bound's.
class MagnitudeGraph {
 public:
  MagnitudeGraph(ByteGraph& graph, uint32_t factor, uint32_t fraction_digits)
      : graph_(graph), factor_(factor), fraction_digits_(fraction_digits) {}

  void add(uint32_t start, const NumberRange::Bound& low, const NumberRange::Bound& high) {
    low_ = low;
    high_ = high;
    known_.clear();
    for (size_t size = low.value.whole.size(); size <= high.value.whole.size(); ++size) {
      size_ = size;
      const Place first{.position = 0,
                        .is_low = size == low.value.whole.size(),
                        .is_high = size == high.value.whole.size(),
                        .remainder = 0};
      // A number of several digits does not begin with 0.
      add_digits(start, first, size > 1 ? '1' : '0', false);
    }
  }

 private:
  struct Place {
    size_t position = 0;
    bool is_low = false;   // tight at the low bound
    bool is_high = false;  // tight at the high bound
    uint32_t remainder = 0;
  };

  [[nodiscard]] const std::string& low_digits(bool in_fraction) const {
    return in_fraction ? low_.value.fraction : low_.value.whole;
  }

  [[nodiscard]] const std::string& high_digits(bool in_fraction) const {
    return in_fraction ? high_.value.fraction : high_.value.whole;
  }

  void add_digits(uint32_t from, const Place& place, char least, bool in_fraction) {
    const char low = place.is_low
                         ? std::max(least, digit_at(low_digits(in_fraction), place.position))
                         : least;
    const char high = place.is_high ? digit_at(high_digits(in_fraction), place.position) : '9';
    for (char digit = low; digit <= high; ++digit) {
      Place next = place;
      ++next.position;
      next.is_low = place.is_low && digit == digit_at(low_digits(in_fraction), place.position);
      next.is_high = place.is_high && digit == high;
      next.remainder = (place.remainder * 10 + static_cast<uint32_t>(digit - '0')) % factor_;
      const auto byte = static_cast<uint8_t>(digit);
      const uint32_t target = state_of(next, in_fraction);
      graph_.states[from].edges.push_back({byte, byte, target});
    }
  }

  uint32_t state_of(const Place& place, bool in_fraction) {
    // Loose places do not care how they came about, only how many digits are left.
    const size_t left = in_fraction ? place.position : size_ - place.position;
    const auto key =
        std::make_tuple(in_fraction, place.is_low || place.is_high ? size_ : 0, left,
                        int{place.is_low} * 2 + int{place.is_high}, place.remainder);
    const auto [found, is_new] =
        known_.try_emplace(key, static_cast<uint32_t>(graph_.states.size()));
    const uint32_t state = found->second;
    if (!is_new) return state;
    graph_.states.emplace_back();
    if (!in_fraction && place.position < size_) {
      add_digits(state, place, '0', false);
      return state;
    }
    const size_t fraction = in_fraction ? place.position : 0;
    graph_.states[state].is_final = may_end(place, fraction);
    if (!in_fraction && fraction_digits_ > 0) {
      const auto point = static_cast<uint32_t>(graph_.states.size());
      graph_.states.emplace_back();
      graph_.states[state].edges.push_back({'.', '.', point});
      Place first = place;
      first.position = 0;
      add_digits(point, first, '0', true);
    } else if (in_fraction && fraction < fraction_digits_) {
      add_digits(state, place, '0', true);
    }
    return state;
  }

  [[nodiscard]] bool may_end(const Place& place, size_t fraction) const {
    if (place.is_low) {
      if (!is_zero_from(low_.value.fraction, fraction)) return false;
      if (low_.is_exclusive) return false;
    }
    if (place.is_high && high_.is_exclusive && is_zero_from(high_.value.fraction, fraction)) {
      return false;
    }
    uint64_t remainder = place.remainder;
    for (size_t i = fraction; i < fraction_digits_; ++i)
      remainder = remainder * 10 % factor_;
    return remainder == 0;
  }

  ByteGraph& graph_;
  uint32_t factor_;
  uint32_t fraction_digits_;
  NumberRange::Bound low_;
  NumberRange::Bound high_;
  size_t size_ = 0;  // digits before the point
  std::map<std::tuple<bool, size_t, size_t, int, uint32_t>, uint32_t> known_;
};

NumberRange::Bound widest() {
  return {{false, std::string(kWholeDigits, '9'), std::string(kFractionDigits, '9')}, false};
}

Decimal negated(Decimal value) {
  value.is_negative = !value.is_negative && !value.is_zero();
  return value;
}

bool is_empty(const NumberRange::Bound& low, const NumberRange::Bound& high) {
  const int order = compare(low.value, high.value);
  return order > 0 || (order == 0 && (low.is_exclusive || high.is_exclusive));
}

}  // namespace

Decimal read_decimal(std::string_view json_number) {
  Decimal decimal;
  std::string_view text = json_number;
  if (text.starts_with('-')) {
    decimal.is_negative = true;
    text.remove_prefix(1);
  }
  const size_t exponent_at = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, exponent_at);
  long exponent = 0;
  if (exponent_at < text.size()) {
    exponent = std::strtol(std::string(text.substr(exponent_at + 1)).c_str(), nullptr, 10);
  }
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  std::string digits(mantissa.substr(0, point));
  if (point < mantissa.size()) digits += mantissa.substr(point + 1);

  constexpr long kFar = 400;
  const auto too_long = [&] {
    return GrammarError(fmt::format("the number {} has too many digits", json_number));
  };
  if (digits.size() > kFar || exponent > kFar || exponent < -kFar) throw too_long();
  long whole_digits = static_cast<long>(point) + exponent;
  if (whole_digits < 0) {
    digits.insert(0, static_cast<size_t>(-whole_digits), '0');
    whole_digits = 0;
  }
  const auto cut = static_cast<size_t>(whole_digits);
  if (digits.size() < cut) digits.append(cut - digits.size(), '0');
  decimal.whole = without_zeros_before(digits.substr(0, cut));
  decimal.fraction = without_zeros_after(digits.substr(cut));
  if (decimal.fraction.size() > kFractionDigits) throw too_long();
  if (decimal.is_zero()) decimal.is_negative = false;
  return decimal;
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.is_negative != b.is_negative) return a.is_negative ? -1 : 1;
  return a.is_negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

ByteGraph number_graph(const NumberRange& range) {
  uint32_t factor = 1;
  uint32_t fraction_digits = range.is_whole ? 0 : kFractionDigits;
  if (range.multiple_of) {
    const Decimal& multiple = *range.multiple_of;
    const std::string digits = without_zeros_before(multiple.whole + multiple.fraction);
    factor = static_cast<uint32_t>(std::strtoul(digits.substr(0, 9).c_str(), nullptr, 10));
    if (multiple.is_negative || factor == 0 || factor > kFactorMax || digits.size() > 9 ||
        (range.is_whole && !multiple.fraction.empty())) {
      throw GrammarError(
          fmt::format("only steps with up to {} as their digits are supported", kFactorMax));
    }
    fraction_digits = static_cast<uint32_t>(multiple.fraction.size());
  }

  const Decimal far_above{false, widest().value.whole, widest().value.fraction};
  NumberRange::Bound low = range.low.value_or(NumberRange::Bound{negated(far_above), false});
  NumberRange::Bound high = range.high.value_or(NumberRange::Bound{far_above, false});
  if (compare(low.value, negated(far_above)) < 0) low = {negated(far_above), false};
  if (compare(high.value, far_above) > 0) high = {far_above, false};

  ByteGraph graph;
  graph.states.emplace_back();
  if (is_empty(low, high)) return graph;
  if (!high.value.is_negative) {
    const NumberRange::Bound from = low.value.is_negative ? NumberRange::Bound{} : low;
    MagnitudeGraph(graph, factor, fraction_digits).add(0, from, high);
  }
  if (low.value.is_negative) {
    // -0 is left out: some readers turn it into 0.
    const NumberRange::Bound from =
        high.value.is_negative ? NumberRange::Bound{negated(high.value), high.is_exclusive}
                               : NumberRange::Bound{{}, true};
    const auto minus = static_cast<uint32_t>(graph.states.size());
    graph.states.emplace_back();
    graph.states[0].edges.push_back({'-', '-', minus});
    MagnitudeGraph(graph, factor, fraction_digits)
        .add(minus, from, {negated(low.value), low.is_exclusive});
  }
  return graph;
}

}  // namespace suan::engine
