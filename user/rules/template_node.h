// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rules/template_functions.h"
#include "rules/template_value.h"

namespace pmon::rules {

struct TemplatePipeline;

// One word of a command. `fields` are the names behind it: $labels.pid, .Labels.pid, (…).x.
struct TemplateOperand {
  enum class Kind { kDot, kVariable, kConstant, kFunction, kPipeline };
  Kind kind = Kind::kDot;
  std::string name;                            // kVariable, with its $
  TemplateValue constant;                      // kConstant
  const TemplateFunction* function = nullptr;  // kFunction
  std::shared_ptr<const TemplatePipeline> pipeline;
  std::vector<std::string> fields;
};

using TemplateCommand = std::vector<TemplateOperand>;  // never empty

struct TemplatePipeline {
  std::vector<std::string> variables;  // left of := or =, with their $; two only in range
  bool assigns = false;                // = instead of :=
  std::vector<TemplateCommand> commands;
};

struct TemplateNode {
  enum class Kind { kText, kAction, kList, kIf, kRange, kWith, kBreak, kContinue };
  Kind kind = Kind::kList;
  std::string text;           // kText
  TemplatePipeline pipeline;  // kAction, kIf, kRange, kWith
  std::vector<TemplateNode> body;
  std::vector<TemplateNode> otherwise;
};

}  // namespace pmon::rules
