#include "engine/grammar/json_node.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace suan::engine {
namespace {

using Kind = JsonNode::Kind;

/// Builds nodes from the events of nlohmann's parser, which does not recurse.
class NodeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit NodeBuilder(CompileBudget& budget) : budget_(budget) {}

  JsonNode take() { return std::move(root_); }

  bool null() override { return add({.kind = Kind::Null}); }

  bool boolean(bool truth) override { return add({.kind = truth ? Kind::True : Kind::False}); }

  bool number_integer(number_integer_t value) override {
    return add({.kind = Kind::Number, .text = std::to_string(value)});
  }

  bool number_unsigned(number_unsigned_t value) override {
    return add({.kind = Kind::Number, .text = std::to_string(value)});
  }

  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return add({.kind = Kind::Number, .text = text});
  }

  bool string(string_t& text) override {
    return add({.kind = Kind::Text, .text = std::move(text)});
  }

  bool binary(binary_t& /*bytes*/) override { return false; }

  bool start_object(size_t /*size*/) override { return open({.kind = Kind::Object}); }

  bool start_array(size_t /*size*/) override { return open({.kind = Kind::Array}); }

  bool end_object() override { return close(); }

  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!open_.back().names.insert(name).second) {
      throw GrammarError(fmt::format("the name \"{}\" comes twice in one object", name));
    }
    open_.back().name = std::move(name);
    return true;
  }

  bool parse_error(size_t position,
                   const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    throw GrammarError(fmt::format("no JSON: broken at byte {}", position));
  }

 private:
  struct Open {
    JsonNode node;
    std::string name;  // of the member that comes next
    std::unordered_set<std::string> names;
  };

  bool add(JsonNode node) {
    budget_.take(sizeof(JsonNode) + node.text.size());
    budget_.spend(16);
    if (open_.empty()) {
      root_ = std::move(node);
      return true;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Kind::Array) {
      parent.node.items.push_back(std::move(node));
    } else {
      parent.node.members.emplace_back(std::move(parent.name), std::move(node));
    }
    return true;
  }

  bool open(JsonNode node) {
    if (open_.size() == GrammarLimits::kDepth) {
      throw GrammarError(
          fmt::format("values are nested more than {} deep", GrammarLimits::kDepth));
    }
    open_.push_back({.node = std::move(node), .name = {}, .names = {}});
    return true;
  }

  bool close() {
    JsonNode node = std::move(open_.back().node);
    open_.pop_back();
    return add(std::move(node));
  }

  CompileBudget& budget_;
  std::vector<Open> open_;
  JsonNode root_;
};

void write(const JsonNode& node, std::string& text) {
  switch (node.kind) {
    case Kind::Null:
      text += "null";
      return;
    case Kind::False:
      text += "false";
      return;
    case Kind::True:
      text += "true";
      return;
    case Kind::Number:
      text += node.text;
      return;
    case Kind::Text:
      text += json_quoted(node.text);
      return;
    case Kind::Array:
      text += '[';
      for (size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) text += ',';
        write(node.items[i], text);
      }
      text += ']';
      return;
    case Kind::Object:
      text += '{';
      for (size_t i = 0; i < node.members.size(); ++i) {
        if (i > 0) text += ',';
        text += json_quoted(node.members[i].first) + ':';
        write(node.members[i].second, text);
      }
      text += '}';
      return;
  }
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(members, [&](const auto& one) { return one.first == name; });
  return found == members.end() ? nullptr : &found->second;
}

JsonNode read_json(std::string_view text, CompileBudget& budget) {
  NodeBuilder builder(budget);
  if (!nlohmann::json::sax_parse(text, &builder)) throw GrammarError("no JSON");
  return builder.take();
}

std::string written(const JsonNode& node) {
  std::string text;
  write(node, text);
  return text;
}

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char byte : text) {
    switch (byte) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\b':
        quoted += "\\b";
        break;
      case '\f':
        quoted += "\\f";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(byte) < 0x20) {
          quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
        } else {
          quoted += byte;
        }
    }
  }
  return quoted + '"';
}

uint64_t count_values(const JsonNode& node) {
  uint64_t count = 1;
  for (const JsonNode& item : node.items)
    count += count_values(item);
  for (const auto& [name, member] : node.members)
    count += count_values(member);
  return count;
}

}  // namespace suan::engine
