#include <array>
#include <ctime>
#include <utility>

#include "engine/chat/template_operators.h"
#include "engine/chat/template_renderer.h"
#include "engine/chat/text_pieces.h"

// The renderer's half that computes values.

namespace suan::engine::jinja {

namespace {

using Kind = Expression::Kind;

constexpr uint32_t kCallsMax = 16;  // macros inside of one another

/// strftime with plain conversions alone: no flags but `-`, no widths, no locale of its own.
std::string time_text(const std::string& format, int64_t now_s) {
  static constexpr std::string_view kConversions = "aAbBdeHIjmMpSuUwWyYFTDRZz%";
  if (format.size() > 256) fail_template("the time's format is too long");
  for (size_t at = format.find('%'); at != std::string::npos; at = format.find('%', at)) {
    ++at;
    if (at < format.size() && format[at] == '-') ++at;
    if (at == format.size() || kConversions.find(format[at]) == std::string_view::npos) {
      fail_template("the time's format is not supported");
    }
    ++at;
  }
  const auto seconds = static_cast<std::time_t>(now_s);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) fail_template("the time is out of range");
  std::array<char, 4096> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format.c_str(), &parts)};
}

}  // namespace

Value TemplateRenderer::value_of(const Expression& expression) {
  budget_.charge();
  switch (expression.kind) {
    case Kind::Literal:
      return expression.literal;
    case Kind::Name:
      return variable(expression.name);
    case Kind::MakeList:
      return make_list(expression);
    case Kind::MakeDict:
      return make_dict(expression);
    case Kind::Call:
      return call(expression);
    case Kind::Chain:
      return chain(expression);
    case Kind::Not:
      return {!is_true(value_of(*expression.operands.front()))};
    case Kind::Negate:
      return negated(value_of(*expression.operands.front()));
    case Kind::And:
    case Kind::Or:
      return row(expression);
    case Kind::Arithmetic: {
      Value sum = value_of(*expression.operands.front());
      for (size_t i = 0; i < expression.operators.size(); ++i) {
        sum = compute(expression.operators[i], sum, value_of(*expression.operands[i + 1]),
                      budget_);
      }
      return sum;
    }
    case Kind::Compare:
      return comparison(expression);
    case Kind::Conditional:
      return conditional(expression);
  }
  return {};
}

/// The innermost scope that has it; a macro sees its own ones and the outermost.
Value TemplateRenderer::variable(uint32_t name) const {
  for (size_t i = scopes_.size(); i-- > first_scope_;) {
    const auto found = scopes_[i].find(name);
    if (found != scopes_[i].end()) return found->second;
  }
  const auto found = scopes_.front().find(name);
  if (found != scopes_.front().end()) return found->second;
  const auto built_in = find_built_in(program_.names[name]);
  return built_in ? Value(Value::Data(*built_in)) : Value();
}

Value TemplateRenderer::chain(const Expression& expression) {
  Value value = value_of(*expression.operands.front());
  for (const Postfix& step : expression.steps)
    value = after(step, value);
  return value;
}

Value TemplateRenderer::after(const Postfix& step, const Value& value) {
  line_ = step.line;
  budget_.charge();
  const auto part = [&](size_t i) {
    return step.operands[i] == nullptr ? Value() : value_of(*step.operands[i]);
  };
  switch (step.kind) {
    case Postfix::Kind::Attribute:
      return attribute_of(value, step.name, budget_);
    case Postfix::Kind::Index:
      return item_of(value, part(0), budget_);
    case Postfix::Kind::Slice: {
      const Value from = part(0);
      const Value to = part(1);
      return sliced(value, from, to, part(2), budget_);
    }
    case Postfix::Kind::CallMethod:
      if (value.is<Undefined>()) fail_template("an undefined value has no {}", step.name);
      [[fallthrough]];
    case Postfix::Kind::ApplyFilter:
      return step.function(value, arguments_of(step.arguments), budget_);
    case Postfix::Kind::ApplyTest:
      return {step.test->check(value, arguments_of(step.arguments), budget_) !=
              step.is_negated};
  }
  return {};
}

/// Python's `and` and `or`: the operand that decides.
Value TemplateRenderer::row(const Expression& expression) {
  const bool decides = expression.kind == Kind::Or;
  Value value;
  for (const ExpressionPtr& operand : expression.operands) {
    value = value_of(*operand);
    if (is_true(value) == decides) break;
  }
  return value;
}

Value TemplateRenderer::comparison(const Expression& expression) {
  Value left = value_of(*expression.operands.front());
  for (size_t i = 0; i < expression.operators.size(); ++i) {
    Value right = value_of(*expression.operands[i + 1]);
    if (!holds(expression.operators[i], left, right, budget_)) return {false};
    left = std::move(right);
  }
  return {true};
}

Value TemplateRenderer::make_list(const Expression& expression) {
  std::vector<Value> items;
  items.reserve(expression.operands.size());
  for (const ExpressionPtr& operand : expression.operands)
    items.push_back(value_of(*operand));
  return Value::of(std::move(items));
}

Value TemplateRenderer::make_dict(const Expression& expression) {
  std::vector<Dict::Entry> entries;
  for (size_t i = 0; i + 1 < expression.operands.size(); i += 2) {
    const Value key = value_of(*expression.operands[i]);
    if (key.text() == nullptr) fail_template("a {} is no key", kind_of(key));
    budget_.charge_bytes(key.text()->text.size());
    entries.emplace_back(key.text()->text, value_of(*expression.operands[i + 1]));
  }
  return {std::make_shared<const Dict>(std::move(entries))};
}

Value TemplateRenderer::conditional(const Expression& expression) {
  const bool is_so = is_true(value_of(*expression.operands[1]));
  if (is_so) return value_of(*expression.operands[0]);
  return expression.operands.size() > 2 ? value_of(*expression.operands[2]) : Value();
}

TemplateCall TemplateRenderer::arguments_of(const Arguments& arguments) {
  TemplateCall call;
  call.positional.reserve(arguments.positional.size());
  for (const ExpressionPtr& argument : arguments.positional)
    call.positional.push_back(value_of(*argument));
  for (const auto& [name, argument] : arguments.named)
    call.named.emplace_back(name, value_of(*argument));
  return call;
}

Value TemplateRenderer::call(const Expression& expression) {
  line_ = expression.line;
  const Value function = variable(expression.name);
  const TemplateCall call = arguments_of(expression.arguments);
  if (const auto* macro = function.get<const Macro*>()) return call_macro(**macro, call);
  if (const auto* built_in = function.get<BuiltIn>()) return call_built_in(*built_in, call);
  fail_template("{} is not defined here", program_.names[expression.name]);
}

Value TemplateRenderer::call_macro(const Macro& macro, const TemplateCall& call) {
  if (calls_ == kCallsMax)
    fail_template("macros call one another more than {} deep", kCallsMax);
  if (call.positional.size() > macro.parameters.size()) {
    fail_template("a macro got {} arguments, it takes {}", call.positional.size(),
                  macro.parameters.size());
  }
  Scope scope;
  for (size_t i = 0; i < macro.parameters.size(); ++i) {
    const Macro::Parameter& parameter = macro.parameters[i];
    const Value* given = call.find(i, program_.names[parameter.name]);
    if (given != nullptr) {
      scope[parameter.name] = *given;
    } else if (parameter.fallback != nullptr) {
      scope[parameter.name] = value_of(*parameter.fallback);
    } else {
      scope[parameter.name] = {};
    }
  }
  ++calls_;
  const size_t outer = std::exchange(first_scope_, scopes_.size());
  scopes_.push_back(std::move(scope));
  Value text = written_by(macro.body);
  scopes_.pop_back();
  first_scope_ = outer;
  --calls_;
  return text;
}

Value TemplateRenderer::call_built_in(BuiltIn which, const TemplateCall& call) {
  switch (which) {
    case BuiltIn::RaiseException: {
      const std::string& message = call.text(0, "message").text;
      has_raised_ = true;
      fail_template("{}", message);
    }
    case BuiltIn::StrftimeNow:
      return Value::of(written_text(time_text(call.text(0, "format").text, now_s_)));
    case BuiltIn::MakeNamespace: {
      auto names = std::make_shared<Namespace>();
      for (const auto& [name, value] : call.named)
        names->set(name, value);
      return {std::move(names)};
    }
    case BuiltIn::MakeDict:
      return {std::make_shared<const Dict>(
          std::vector<Dict::Entry>(call.named.begin(), call.named.end()))};
    case BuiltIn::Range:
      return range_of(call, budget_);
  }
  return {};
}

}  // namespace suan::engine::jinja
