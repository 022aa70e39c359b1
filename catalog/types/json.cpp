#include "catalog/types/json.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "catalog/types/text.h"

namespace suan {

namespace {

/// Reads the text once without building anything, and stops at the first rule broken.
///
/// nlohmann's reader keeps its own stack, so depth costs it nothing; but a tree of depth
/// 100,000 overflows the stack when it is copied, dumped or destroyed.
class JsonCheck final : public nlohmann::json_sax<Json> {
 public:
  explicit JsonCheck(const JsonLimits& limits) : limits_(limits) {}

  [[nodiscard]] const std::string& complaint() const { return complaint_; }

  [[nodiscard]] std::optional<size_t> position() const { return position_; }

  bool null() override { return count_value(); }

  bool boolean(bool) override { return count_value(); }

  bool number_integer(number_integer_t) override { return count_value(); }

  bool number_unsigned(number_unsigned_t) override { return count_value(); }

  bool number_float(number_float_t, const string_t& text) override {
    if (text.size() > limits_.number_characters) {
      return refuse("a number has more than {} characters", limits_.number_characters);
    }
    return count_value();
  }

  bool string(string_t&) override { return count_value(); }

  bool binary(binary_t&) override { return false; }  // never in a text

  bool start_object(size_t) override {
    keys_of_open_.emplace_back();
    return open();
  }

  bool key(string_t& name) override {
    if (++keys_ > limits_.keys) return refuse("more than {} keys", limits_.keys);
    if (!keys_of_open_.back().insert(name).second) {
      return refuse("the key \"{}\" stands twice in one object", printable(name, 60));
    }
    return true;
  }

  bool end_object() override {
    keys_of_open_.pop_back();
    return close();
  }

  bool start_array(size_t) override { return open(); }

  bool end_array() override { return close(); }

  bool parse_error(size_t position,
                   const std::string& last_token,
                   const nlohmann::detail::exception&) override {
    position_ = position;
    return refuse("malformed near \"{}\"", printable(last_token, 30));
  }

 private:
  template <class... Args>
  bool refuse(fmt::format_string<Args...> format, Args&&... args) {
    complaint_ = fmt::format(format, std::forward<Args>(args)...);
    return false;
  }

  bool count_value() {
    if (++values_ > limits_.values) return refuse("more than {} values", limits_.values);
    return true;
  }

  bool open() {
    if (++depth_ > limits_.depth) return refuse("nested more than {} deep", limits_.depth);
    return count_value();
  }

  bool close() {
    --depth_;
    return true;
  }

  const JsonLimits& limits_;
  std::string complaint_;
  std::optional<size_t> position_;
  std::vector<std::set<std::string>> keys_of_open_;
  uint32_t depth_ = 0;
  uint32_t keys_ = 0;
  uint32_t values_ = 0;
};

std::string where(std::string_view text, std::optional<size_t> position, bool with_line) {
  if (!position) return "";
  if (!with_line) return fmt::format(" at byte {}", *position);
  const std::string_view before = text.substr(0, *position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  return fmt::format(" at byte {}, line {}", *position, line);
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  JsonCheck check(limits);
  const bool is_fine = Json::sax_parse(text, &check, nlohmann::detail::input_format_t::json,
                                       true, limits.allow_comments);
  if (!is_fine) {
    return fail(ErrorCode::BadRequest, "not acceptable as JSON: {}{}", check.complaint(),
                where(text, check.position(), limits.allow_comments));
  }
  return Json::parse(text, nullptr, true, limits.allow_comments);
}

std::string dump_json(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace suan
