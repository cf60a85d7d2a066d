// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "pmon/labels.h"
#include "pmon/result.h"

namespace pmon::rules {

struct TemplateData;

// A value inside a template; the kinds are those of Go's text/template that rule templates can meet.
struct Nil {};
using TemplateValue = std::variant<Nil, bool, std::int64_t, double, std::string, const Labels*, const TemplateData*>;

// As Go's %T names it: "float64".
[[nodiscard]] std::string_view type_name(const TemplateValue& value);
// What `if`, `and`, `or` and `not` see.
[[nodiscard]] bool is_true(const TemplateValue& value);
// As Go's %v prints it: 1e+06, NaN, map[a:b].
[[nodiscard]] std::string print(const TemplateValue& value);
[[nodiscard]] std::string print(double value);
// Go's fmt.Sprintf, its complaints ("%!d(string=x)", "%!(EXTRA …)") included.
[[nodiscard]] std::string go_sprintf(std::string_view format, std::span<const TemplateValue> args);
// Go's fmt.Sprint: a space between operands when neither is a string.
[[nodiscard]] std::string go_sprint(std::span<const TemplateValue> args);
[[nodiscard]] Result<double> to_float(const TemplateValue& value);

}  // namespace pmon::rules
