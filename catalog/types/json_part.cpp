#include "catalog/types/json_part.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "catalog/types/json.h"

namespace suan {

namespace {

/// Follows the reader's events, and writes those below the path down again.
class PartCopy final : public nlohmann::json_sax<Json> {
 public:
  PartCopy(std::span<const std::string_view> path, size_t bytes_max)
      : path_(path), bytes_max_(bytes_max) {}

  [[nodiscard]] std::string& text() { return text_; }

  [[nodiscard]] bool is_too_long() const { return text_.size() > bytes_max_; }

  bool null() override { return scalar("null"); }

  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }

  bool number_integer(number_integer_t value) override { return scalar(fmt::to_string(value)); }

  bool number_unsigned(number_unsigned_t value) override {
    return scalar(fmt::to_string(value));
  }

  bool number_float(number_float_t, const string_t& text) override { return scalar(text); }

  bool string(string_t& value) override {
    return scalar(copies() ? dump_json(value) : std::string());
  }

  bool binary(binary_t&) override { return false; }

  bool start_object(size_t) override { return open('{'); }

  bool key(string_t& name) override {
    if (copies()) {
      separate();
      text_ += dump_json(name) + ":";
      is_first_ = true;  // no comma between a key and its value
    } else {
      is_on_path_ = found_ + 1 == depth_ && name == path_[found_];
    }
    return !is_too_long();
  }

  bool end_object() override { return close('}'); }

  bool start_array(size_t) override { return open('['); }

  bool end_array() override { return close(']'); }

  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  [[nodiscard]] bool copies() const { return copied_ > 0; }

  /// Whether the value that begins now is the one to copy.
  [[nodiscard]] bool begins_copy() const { return is_on_path_ && found_ + 1 == path_.size(); }

  void separate() {
    if (!is_first_) text_ += ',';
    is_first_ = false;
  }

  bool scalar(std::string_view value) {
    if (copies()) {
      separate();
      text_ += value;
    }
    is_on_path_ = false;
    return !is_too_long();
  }

  bool open(char mark) {
    if (copies() || begins_copy()) {
      if (copies()) separate();
      ++copied_;
      text_ += mark;
      is_first_ = true;
      return !is_too_long();
    }
    if (is_on_path_ && mark == '{') ++found_;
    is_on_path_ = false;
    ++depth_;
    return true;
  }

  bool close(char mark) {
    if (copies()) {
      text_ += mark;
      is_first_ = false;
      return --copied_ > 0;  // the whole part: no more need be read
    }
    if (found_ + 1 == depth_ && found_ > 0) --found_;
    --depth_;
    return true;
  }

  std::span<const std::string_view> path_;
  size_t bytes_max_;
  std::string text_;
  size_t depth_ = 0;  // of what is open and not copied
  size_t found_ = 0;  // keys of the path that are open
  size_t copied_ = 0;
  bool is_on_path_ = false;
  bool is_first_ = true;
};

}  // namespace

Result<std::string> json_part(std::string_view text,
                              std::span<const std::string_view> path,
                              size_t bytes_max) {
  PartCopy copy(path, bytes_max);
  static_cast<void>(Json::sax_parse(text, &copy));
  if (copy.is_too_long()) {
    return fail_param(ErrorCode::BadRequest, std::string(path.front()),
                      "{} has more than {} bytes", path.front(), bytes_max);
  }
  return std::move(copy.text());
}

}  // namespace suan
