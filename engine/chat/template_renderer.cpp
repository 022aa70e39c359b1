#include "engine/chat/template_renderer.h"

#include <utility>

#include "engine/chat/text_pieces.h"

namespace suan::engine::jinja {

namespace {

using Kind = Statement::Kind;

}  // namespace

TemplateRenderer::TemplateRenderer(const TemplateProgram& program, const TemplateLimits& limits)
    : program_(program), budget_(limits) {}

MarkedText TemplateRenderer::run(const TemplateContext& context) {
  std::unordered_map<std::string_view, uint32_t> numbers;
  for (uint32_t i = 0; i < program_.names.size(); ++i)
    numbers.emplace(program_.names[i], i);
  scopes_.assign(1, {});
  for (const auto& [name, value] : context.variables) {
    const auto found = numbers.find(name);
    if (found != numbers.end()) scopes_.front()[found->second] = value;
  }
  now_s_ = context.now_s;
  MarkedText text;
  out_ = &text;
  try {
    static_cast<void>(render(program_.body));
  } catch (const TemplateError& error) {
    if (has_raised_) throw;
    fail_template("chat template, line {}: {}", line_, error.what());
  }
  return text;
}

TemplateRenderer::Flow TemplateRenderer::render(const Block& block) {
  for (const Statement& statement : block) {
    const Flow flow = render(statement);
    if (flow != Flow::Next) return flow;
  }
  return Flow::Next;
}

TemplateRenderer::Flow TemplateRenderer::render(const Statement& statement) {
  line_ = statement.line;
  budget_.charge();
  switch (statement.kind) {
    case Kind::Text:
      write(statement.text);
      break;
    case Kind::Output:
      write(text_of(value_of(*statement.value), budget_));
      break;
    case Kind::If:
      return render_if(statement);
    case Kind::For:
      return render_for(statement);
    case Kind::Set:
    case Kind::SetBlock:
      render_set(statement);
      break;
    case Kind::Define:
      scopes_.back()[statement.macro->name] = Value(Value::Data(statement.macro.get()));
      break;
    case Kind::Break:
      return Flow::Break;
    case Kind::Continue:
      return Flow::Continue;
    case Kind::Inline:
      return render(statement.branches.front().body);
  }
  return Flow::Next;
}

TemplateRenderer::Flow TemplateRenderer::render_if(const Statement& statement) {
  for (const Branch& branch : statement.branches) {
    budget_.charge();
    const bool is_chosen = branch.condition == nullptr || is_true(value_of(*branch.condition));
    if (is_chosen) return render(branch.body);
  }
  return Flow::Next;
}

TemplateRenderer::Flow TemplateRenderer::render_for(const Statement& statement) {
  const auto items = items_for(statement);
  const uint32_t loop = program_.loop_name;
  ++loops_;
  scopes_.emplace_back();
  for (size_t i = 0; i < items->size(); ++i) {
    budget_.charge();
    line_ = statement.line;
    scopes_.back().clear();  // what an iteration sets ends with it
    scopes_.back()[loop] =
        Value(Value::Data(std::make_shared<const LoopState>(items, i, loops_)));
    assign(statement.target, items->items()[i]);
    if (render(statement.branches.front().body) == Flow::Break) break;
  }
  scopes_.pop_back();
  --loops_;
  const bool has_else = statement.branches.size() > 1;
  if (has_else && items->size() == 0) return render(statement.branches.back().body);
  return Flow::Next;
}

std::shared_ptr<const List> TemplateRenderer::items_for(const Statement& statement) {
  auto items = items_of(value_of(*statement.value), budget_);
  if (statement.condition == nullptr) return items;
  std::vector<Value> kept;
  scopes_.emplace_back();
  for (const Value& item : items->items()) {
    budget_.charge();
    assign(statement.target, item);
    if (is_true(value_of(*statement.condition))) kept.push_back(item);
  }
  scopes_.pop_back();
  return std::make_shared<const List>(std::move(kept));
}

void TemplateRenderer::render_set(const Statement& statement) {
  const bool is_block = statement.kind == Kind::SetBlock;
  assign(statement.target,
         is_block ? written_by(statement.branches.front().body) : value_of(*statement.value));
}

void TemplateRenderer::assign(const Target& target, const Value& value) {
  if (!target.attribute.empty()) {
    const Value owner = variable(target.names.front());
    const auto* names = owner.get<std::shared_ptr<Namespace>>();
    if (names == nullptr) fail_template("only namespaces have attributes that can be set");
    return (*names)->set(target.attribute, value);
  }
  Scope& scope = scopes_.back();
  if (!target.is_unpacked) {
    scope[target.names.front()] = value;
    return;
  }
  const auto items = items_of(value, budget_);
  if (items->size() != target.names.size()) {
    fail_template("{} values for {} names", items->size(), target.names.size());
  }
  for (size_t i = 0; i < target.names.size(); ++i)
    scope[target.names[i]] = items->items()[i];
}

void TemplateRenderer::write(const MarkedText& text) {
  const size_t bytes = out_->text.size() + text.text.size();
  if (bytes > budget_.limits().output_bytes) budget_.charge_bytes(bytes);
  budget_.charge_bytes(text.text.size());
  append(*out_, text);
}

Value TemplateRenderer::written_by(const Block& block) {
  MarkedText text;
  MarkedText* const outer = std::exchange(out_, &text);
  static_cast<void>(render(block));
  out_ = outer;
  return Value::of(std::move(text));
}

}  // namespace suan::engine::jinja
