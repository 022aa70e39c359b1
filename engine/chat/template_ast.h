#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/chat/template_functions.h"
#include "engine/chat/template_value.h"

namespace suan::engine::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

/// Arguments as written; names stand beside the values that have one.
struct Arguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
};

/// One step behind a value: `.name`, `[index]`, `[a:b:c]`, `.name(...)`, `| name(...)`,
/// `is name ...`. They stand in a row, not inside one another, however many there are.
struct Postfix {
  enum class Kind : uint8_t { Attribute, Index, Slice, CallMethod, ApplyFilter, ApplyTest };

  Kind kind{};
  uint32_t line = 0;
  std::string name;
  std::vector<ExpressionPtr> operands;  // Index: 1; Slice: 3, null where left out
  Arguments arguments;
  bool is_negated = false;              // ApplyTest
  TemplateFunction function = nullptr;  // CallMethod, ApplyFilter
  const TemplateTest* test = nullptr;
};

enum class Operator : uint8_t {
  Add,
  Subtract,
  Multiply,
  Divide,
  FloorDivide,
  Modulo,
  Concatenate,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  In,
  NotIn,
};

/// A value to compute. Operators of one rank stand in one node with all of their operands, so
/// that long sums are no deep trees.
struct Expression {
  enum class Kind : uint8_t {
    Literal,
    Name,
    MakeList,     // operands
    MakeDict,     // operands: key, value, key, value
    Call,         // name(arguments)
    Chain,        // operands[0], then `steps`
    Not,          // operands[0]
    Negate,       // operands[0]
    And,          // operands
    Or,           // operands
    Arithmetic,   // operands[0] operators[0] operands[1] ...
    Compare,      // as above; true when each neighbours' comparison is
    Conditional,  // operands: value, condition, other (or two alone)
  };

  Kind kind{};
  uint32_t line = 0;
  Value literal;
  uint32_t name = 0;  // Name, Call: number in `TemplateProgram::names`
  std::vector<ExpressionPtr> operands;
  std::vector<Operator> operators;
  std::vector<Postfix> steps;
  Arguments arguments;
};

struct Statement;
using Block = std::vector<Statement>;

/// What `set` and `for` write to: names, or one attribute of a namespace.
struct Target {
  std::vector<uint32_t> names;
  std::string attribute;     // not empty: names[0].attribute
  bool is_unpacked = false;  // several names, or one with a comma
};

struct Branch {
  ExpressionPtr condition;  // null: else
  Block body;
};

struct Macro {
  struct Parameter {
    uint32_t name = 0;
    ExpressionPtr fallback;  // null: undefined
  };

  uint32_t name = 0;
  std::vector<Parameter> parameters;
  Block body;
};

struct Statement {
  enum class Kind : uint8_t {
    Text,      // text
    Output,    // value
    If,        // branches
    For,       // target in value, if condition: branches[0]; branches[1]: else
    Set,       // target = value
    SetBlock,  // target = what branches[0] writes
    Define,    // macro
    Break,
    Continue,
    Inline,  // branches[0], as if the tags were not there
  };

  Kind kind{};
  uint32_t line = 0;
  MarkedText text;
  Target target;
  ExpressionPtr value;
  ExpressionPtr condition;
  std::vector<Branch> branches;
  std::unique_ptr<Macro> macro;
};

/// A template that was read and checked.
struct TemplateProgram {
  Block body;
  std::vector<std::string> names;  // of variables, by their numbers
  uint32_t loop_name = 0;          // of `loop`
};

}  // namespace suan::engine::jinja
