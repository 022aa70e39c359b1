#include "engine/chat/template_cursor.h"

#include <algorithm>
#include <utility>

#include "engine/weights/refuse.h"

namespace suan::engine::jinja {

using Kind = TemplateTokenKind;

TemplateCursor::TemplateCursor(std::vector<TemplateToken> tokens, uint32_t nesting_max)
    : tokens_(std::move(tokens)), nesting_max_(nesting_max) {
  for (size_t i = 0; i + 2 < tokens_.size(); ++i) {
    const bool is_definition = tokens_[i].kind == Kind::StatementBegin &&
                               tokens_[i + 1].kind == Kind::Name &&
                               tokens_[i + 1].text == "macro";
    if (is_definition) macros_.insert(tokens_[i + 2].text);
  }
}

const TemplateToken& TemplateCursor::next() const {
  return tokens_[std::min(at_ + 1, tokens_.size() - 1)];
}

bool TemplateCursor::sees_operator(std::string_view text) const {
  return sees(Kind::Operator) && now().text == text;
}

bool TemplateCursor::sees_name(std::string_view text) const {
  return sees(Kind::Name) && now().text == text;
}

void TemplateCursor::advance() {
  if (at_ + 1 < tokens_.size()) ++at_;
}

bool TemplateCursor::take_operator(std::string_view text) {
  if (!sees_operator(text)) return false;
  advance();
  return true;
}

bool TemplateCursor::take_name(std::string_view text) {
  if (!sees_name(text)) return false;
  advance();
  return true;
}

void TemplateCursor::expect_operator(std::string_view text) {
  if (!take_operator(text)) refuse_now();
}

void TemplateCursor::expect(Kind kind, std::string_view what) {
  if (!sees(kind)) refuse_template(now().line, "{} is missing", what);
  advance();
}

std::string TemplateCursor::expect_any_name() {
  if (!sees(Kind::Name)) refuse_now();
  std::string name = now().text;
  advance();
  return name;
}

void TemplateCursor::refuse_now() const {
  const uint32_t line = now().line;
  switch (now().kind) {
    case Kind::End:
      refuse_template(line, "the template ends too early");
    case Kind::StatementEnd:
    case Kind::OutputEnd:
      refuse_template(line, "the tag ends too early");
    default:
      refuse_template(line, "{} is not supported here", in_quotes(now().text));
  }
}

uint32_t TemplateCursor::number_of(const std::string& name) {
  const auto [found, is_new] = numbers_.emplace(name, static_cast<uint32_t>(names_.size()));
  if (is_new) names_.push_back(name);
  return found->second;
}

TemplateCursor::Level::Level(TemplateCursor& cursor, uint32_t& depth) : depth_(depth) {
  if (depth_ == cursor.nesting_max_) {
    refuse_template(cursor.now().line, "nested more than {} deep", cursor.nesting_max_);
  }
  ++depth_;
}

}  // namespace suan::engine::jinja
