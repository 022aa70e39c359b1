#include "engine/weights/json_walk.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

using nlohmann::json;

/// The keys of one object. Most have a handful, for which a set costs more than it saves.
class Keys {
 public:
  /// Whether the key is new.
  bool insert(const std::string& key) {
    if (!many_.empty()) return many_.insert(key).second;
    if (std::ranges::find(few_, key) != few_.end()) return false;
    few_.push_back(key);
    if (few_.size() > kFew) {
      many_.insert(few_.begin(), few_.end());
      few_.clear();
    }
    return true;
  }

 private:
  static constexpr size_t kFew = 8;
  std::vector<std::string> few_;
  std::unordered_set<std::string> many_;
};

/// Follows nlohmann's events with the path that leads to each.
class Walker : public nlohmann::json_sax<json> {
 public:
  Walker(std::string_view file, const JsonLimits& limits, const JsonVisitor& visit)
      : file_(file), limits_(&limits), visit_(&visit) {}

  bool null() override { return scalar({JsonScalar::Kind::Null}); }

  bool boolean(bool value) override { return scalar({JsonScalar::Kind::Bool, value}); }

  bool number_integer(number_integer_t value) override {  // only negative ones come here
    return scalar({.kind = JsonScalar::Kind::Real, .real = static_cast<double>(value)});
  }

  bool number_unsigned(number_unsigned_t value) override {
    return scalar(
        {.kind = JsonScalar::Kind::Whole, .whole = value, .real = static_cast<double>(value)});
  }

  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return scalar({.kind = JsonScalar::Kind::Real, .real = value});
  }

  bool string(string_t& value) override {
    return scalar({.kind = JsonScalar::Kind::Text, .text = std::move(value)});
  }

  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(size_t /*elements*/) override { return open(true); }

  bool end_object() override { return close(); }

  bool start_array(size_t /*elements*/) override { return open(false); }

  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    if (!levels_.back().keys.insert(value)) {
      refuse(file_, "key {} stands twice", in_quotes(value));
    }
    path_.back().key = std::move(value);
    return true;
  }

  bool parse_error(size_t position,
                   const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    refuse(file_, "is no valid JSON at byte {}", position);
  }

 private:
  struct Level {
    bool is_object = false;
    Keys keys;
  };

  bool scalar(const JsonScalar& value) {
    count();
    if (levels_.empty()) refuse(file_, "is no JSON object");
    (*visit_)(path_, value);
    step();
    return true;
  }

  bool open(bool is_object) {
    count();
    if (levels_.empty() && !is_object) refuse(file_, "is no JSON object");
    if (levels_.size() == limits_->depth) {
      refuse(file_, "is nested deeper than {} levels", limits_->depth);
    }
    levels_.push_back({is_object, {}});
    path_.emplace_back();
    return true;
  }

  bool close() {
    levels_.pop_back();
    path_.pop_back();
    step();
    return true;
  }

  /// After a value: the next one of an array has the next index.
  void step() {
    if (!levels_.empty() && !levels_.back().is_object) ++path_.back().index;
  }

  void count() {
    if (++values_ > limits_->values) refuse(file_, "has more than {} values", limits_->values);
  }

  std::string file_;
  const JsonLimits* limits_;
  const JsonVisitor* visit_;
  std::vector<Level> levels_;
  std::vector<JsonStep> path_;  // as long as levels_
  uint64_t values_ = 0;
};

}  // namespace

void walk_json(std::string_view file,
               std::string_view text,
               const JsonLimits& limits,
               const JsonVisitor& visit) {
  if (text.size() > limits.bytes) {
    refuse(file, "{} bytes of JSON, allowed are {}", text.size(), limits.bytes);
  }
  Walker walker(file, limits, visit);
  json::sax_parse(text, &walker);
}

std::string path_text(std::span<const JsonStep> path) {
  std::string text;
  for (const JsonStep& step : path) {
    if (!text.empty()) text += '.';
    text += step.key.empty() ? std::to_string(step.index) : step.key;
  }
  return text;
}

}  // namespace suan::engine
