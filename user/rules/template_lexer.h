// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "rules/template.h"

namespace pmon::rules {

struct TemplateToken {
  enum class Kind {
    kText,        // between actions, trimmed
    kOpen,        // {{
    kClose,       // }}
    kIdentifier,  // printf, if, true
    kField,       // .name, the name without its dot
    kVariable,    // $name, with the $
    kDot,
    kString,  // its value, unquoted
    kNumber,
    kPipe,
    kLeftParen,
    kRightParen,
    kDeclare,  // :=
    kAssign,   // =
    kComma,
    kEnd,
  };
  Kind kind;
  std::string text;
  std::size_t offset;
  bool spaced = false;  // white space stands before it
};

// Comments are dropped; the last token is kEnd.
[[nodiscard]] std::expected<std::vector<TemplateToken>, Template::ParseError> lex_template(std::string_view text);

}  // namespace pmon::rules
