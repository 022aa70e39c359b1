#pragma once

#include "engine/chat/template_ast.h"
#include "engine/chat/template_value.h"

namespace suan::engine::jinja {

/// `left + right` and its kind, as Python computes it. Errors: TemplateError, for kinds that
/// do not go together, and for whole numbers beyond 64 bits
[[nodiscard]] Value compute(Operator by,
                            const Value& left,
                            const Value& right,
                            TemplateBudget& budget);

/// One comparison, `in` included.
[[nodiscard]] bool holds(Operator by,
                         const Value& left,
                         const Value& right,
                         TemplateBudget& budget);

[[nodiscard]] Value negated(const Value& value);

/// `value[from:to:step]`; None and undefined stand for what was left out.
[[nodiscard]] Value sliced(const Value& value,
                           const Value& from,
                           const Value& to,
                           const Value& step,
                           TemplateBudget& budget);

/// `range(...)` of Python.
[[nodiscard]] Value range_of(const TemplateCall& call, TemplateBudget& budget);

}  // namespace suan::engine::jinja
