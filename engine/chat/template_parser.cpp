#include "engine/chat/template_parser.h"

#include <string>
#include <utility>

#include "engine/chat/expression_parser.h"
#include "engine/chat/text_pieces.h"
#include "engine/tokenizer/utf8.h"
#include "engine/weights/refuse.h"

namespace suan::engine::jinja {

namespace {

using Token = TemplateTokenKind;
using Kind = Statement::Kind;

class TemplateParser {
 public:
  TemplateParser(std::vector<TemplateToken> tokens, uint32_t nesting_max)
      : cursor_(std::move(tokens), nesting_max), expressions_(cursor_) {}

  TemplateProgram run();

 private:
  Block read_block();
  bool ends_block() const;
  Statement read_tag();
  Statement read_if(Statement statement);
  Statement read_for(Statement statement);
  Statement read_set(Statement statement);
  Statement read_macro(Statement statement);
  Statement read_generation(Statement statement);
  Statement read_jump(Statement statement, Kind kind);
  Statement make(Kind kind) const;
  Target read_target(bool takes_attribute);
  Block read_loop_body();
  void end_tag();
  void end_block(std::string_view word, uint32_t line);

  TemplateCursor cursor_;
  ExpressionParser expressions_;
  uint32_t depth_ = 0;
  uint32_t loops_ = 0;  // that stand around
};

TemplateProgram TemplateParser::run() {
  TemplateProgram program;
  program.body = read_block();
  if (cursor_.sees(Token::StatementBegin)) {
    refuse_template(cursor_.now().line, "{} stands alone", in_quotes(cursor_.next().text));
  }
  program.loop_name = cursor_.number_of("loop");
  program.names = cursor_.take_names();
  return program;
}

Statement TemplateParser::make(Kind kind) const {
  Statement statement;
  statement.kind = kind;
  statement.line = cursor_.now().line;
  return statement;
}

/// Up to the tag that ends it, which stays.
Block TemplateParser::read_block() {
  const TemplateCursor::Level level(cursor_, depth_);
  Block block;
  while (!cursor_.sees(Token::End) && !ends_block()) {
    if (cursor_.sees(Token::Text)) {
      Statement text = make(Kind::Text);
      text.text = written_text(cursor_.now().text);
      cursor_.advance();
      block.push_back(std::move(text));
    } else if (cursor_.sees(Token::OutputBegin)) {
      Statement output = make(Kind::Output);
      cursor_.advance();
      output.value = expressions_.read();
      if (!cursor_.sees(Token::OutputEnd)) cursor_.refuse_now();
      cursor_.advance();
      block.push_back(std::move(output));
    } else {
      block.push_back(read_tag());
    }
  }
  return block;
}

bool TemplateParser::ends_block() const {
  if (!cursor_.sees(Token::StatementBegin) || cursor_.next().kind != Token::Name) return false;
  const std::string& word = cursor_.next().text;
  return word == "elif" || word == "else" || word.starts_with("end");
}

Statement TemplateParser::read_tag() {
  Statement statement = make(Kind::If);
  cursor_.expect(Token::StatementBegin, "a tag");
  const std::string word = cursor_.expect_any_name();
  if (word == "if") return read_if(std::move(statement));
  if (word == "for") return read_for(std::move(statement));
  if (word == "set") return read_set(std::move(statement));
  if (word == "macro") return read_macro(std::move(statement));
  if (word == "break") return read_jump(std::move(statement), Kind::Break);
  if (word == "continue") return read_jump(std::move(statement), Kind::Continue);
  if (word == "generation") return read_generation(std::move(statement));
  refuse_template(statement.line, "the tag {} is not supported", in_quotes(word));
}

Statement TemplateParser::read_if(Statement statement) {
  bool is_over = false;
  ExpressionPtr condition = expressions_.read();
  while (!is_over) {
    end_tag();
    is_over = condition == nullptr;
    statement.branches.push_back({std::move(condition), read_block()});
    condition = nullptr;
    if (is_over || cursor_.next().text == "endif" || !cursor_.sees(Token::StatementBegin)) {
      break;
    }
    cursor_.advance();
    if (cursor_.take_name("elif")) {
      condition = expressions_.read();
    } else if (!cursor_.take_name("else")) {
      cursor_.refuse_now();
    }
  }
  end_block("endif", statement.line);
  return statement;
}

Statement TemplateParser::read_for(Statement statement) {
  statement.kind = Kind::For;
  statement.target = read_target(false);
  if (!cursor_.take_name("in")) cursor_.refuse_now();
  statement.value = expressions_.read_without_condition();
  if (cursor_.take_name("if")) statement.condition = expressions_.read_without_condition();
  end_tag();
  statement.branches.push_back({nullptr, read_loop_body()});
  const bool has_else = cursor_.sees(Token::StatementBegin) && cursor_.next().text == "else";
  if (has_else) {
    cursor_.advance();
    cursor_.advance();
    end_tag();
    statement.branches.push_back({nullptr, read_block()});
  }
  end_block("endfor", statement.line);
  return statement;
}

Block TemplateParser::read_loop_body() {
  ++loops_;
  Block body = read_block();
  --loops_;
  return body;
}

Statement TemplateParser::read_set(Statement statement) {
  statement.target = read_target(true);
  if (cursor_.take_operator("=")) {
    statement.kind = Kind::Set;
    statement.value = expressions_.read_list();
    end_tag();
    return statement;
  }
  statement.kind = Kind::SetBlock;
  end_tag();
  statement.branches.push_back({nullptr, read_block()});
  end_block("endset", statement.line);
  return statement;
}

Target TemplateParser::read_target(bool takes_attribute) {
  Target target;
  const bool has_bracket = cursor_.take_operator("(");
  target.names.push_back(cursor_.number_of(cursor_.expect_any_name()));
  if (takes_attribute && cursor_.take_operator(".")) {
    target.attribute = cursor_.expect_any_name();
    return target;
  }
  while (cursor_.take_operator(",")) {
    target.is_unpacked = true;
    if (!cursor_.sees(Token::Name) || cursor_.sees_name("in")) break;
    target.names.push_back(cursor_.number_of(cursor_.expect_any_name()));
  }
  if (has_bracket) cursor_.expect_operator(")");
  return target;
}

Statement TemplateParser::read_macro(Statement statement) {
  statement.kind = Kind::Define;
  statement.macro = std::make_unique<Macro>();
  Macro& macro = *statement.macro;
  macro.name = cursor_.number_of(cursor_.expect_any_name());
  cursor_.expect_operator("(");
  while (!cursor_.take_operator(")")) {
    if (!macro.parameters.empty()) {
      cursor_.expect_operator(",");
      if (cursor_.take_operator(")")) break;
    }
    Macro::Parameter parameter;
    parameter.name = cursor_.number_of(cursor_.expect_any_name());
    if (cursor_.take_operator("=")) parameter.fallback = expressions_.read();
    macro.parameters.push_back(std::move(parameter));
  }
  end_tag();
  const uint32_t loops = std::exchange(loops_, 0);  // `break` inside is not theirs
  macro.body = read_block();
  loops_ = loops;
  end_block("endmacro", statement.line);
  return statement;
}

/// Marks what training counts; to a rendering it is nothing.
Statement TemplateParser::read_generation(Statement statement) {
  statement.kind = Kind::Inline;
  end_tag();
  statement.branches.push_back({nullptr, read_block()});
  end_block("endgeneration", statement.line);
  return statement;
}

Statement TemplateParser::read_jump(Statement statement, Kind kind) {
  statement.kind = kind;
  if (loops_ == 0) refuse_template(statement.line, "break and continue stand in no loop");
  end_tag();
  return statement;
}

void TemplateParser::end_tag() {
  if (!cursor_.sees(Token::StatementEnd)) cursor_.refuse_now();
  cursor_.advance();
}

void TemplateParser::end_block(std::string_view word, uint32_t line) {
  const bool is_there = cursor_.sees(Token::StatementBegin) && cursor_.next().text == word;
  if (!is_there) refuse_template(line, "{} is missing", word);
  cursor_.advance();
  cursor_.advance();
  if (word == "endmacro" && cursor_.sees(Token::Name)) cursor_.advance();  // its name again
  end_tag();
}

}  // namespace

TemplateProgram parse_template(std::string_view source, const TemplateLimits& limits) {
  if (source.size() > limits.source_bytes) {
    throw ModelError(fmt::format("the chat template has {} bytes, allowed are {}",
                                 source.size(), limits.source_bytes));
  }
  if (!is_utf8(source)) throw ModelError("the chat template is no UTF-8");
  return TemplateParser(read_template_tokens(source), limits.nesting).run();
}

}  // namespace suan::engine::jinja
