// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "pmon/result.h"
#include "rules/template_value.h"

namespace pmon::rules {

// A function that templates may call: Prometheus's and Go's own that make sense for a single alert.
struct TemplateFunction {
  std::string_view name;
  std::size_t min_args;
  std::size_t max_args;
  Result<TemplateValue> (*call)(std::span<const TemplateValue> args);
};

inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

// nullptr where there is none.
[[nodiscard]] const TemplateFunction* find_template_function(std::string_view name);
// " (did you mean 'humanize'?)" or, for functions that Prometheus has and pmon does not, why.
[[nodiscard]] std::string unknown_function_hint(std::string_view name);

}  // namespace pmon::rules
