// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "rules/template.h"
#include "rules/template_node.h"

namespace pmon::rules {
namespace {

using Nodes = std::vector<TemplateNode>;

enum class Flow { kNext, kBreak, kContinue, kFailed };

class Executor {
 public:
  explicit Executor(const TemplateData& data) : dot_(&data) {
    variables_ = {{"$", &data},
                  {"$labels", data.labels},
                  {"$externalLabels", data.external_labels},
                  {"$externalURL", std::string(data.external_url)},
                  {"$value", data.value}};
  }

  Result<std::string> run(const TemplateNode& root) {
    if (walk(root.body) == Flow::kFailed) return std::unexpected(error_);
    return std::move(out_);
  }

 private:
  // Remembers why; returns what a failed evaluation gives.
  std::nullopt_t failed(std::string message) {
    error_ = {ErrorKind::kUsage, std::move(message), {}};
    return std::nullopt;
  }

  Flow walk(const Nodes& nodes) {
    for (const TemplateNode& node : nodes) {
      if (const Flow flow = step(node); flow != Flow::kNext) return flow;
    }
    return Flow::kNext;
  }

  Flow step(const TemplateNode& node) {
    switch (node.kind) {
      case TemplateNode::Kind::kText: out_ += node.text; return Flow::kNext;
      case TemplateNode::Kind::kAction: return act(node);
      case TemplateNode::Kind::kList: return walk(node.body);
      case TemplateNode::Kind::kIf:
      case TemplateNode::Kind::kWith: return branch(node);
      case TemplateNode::Kind::kRange: return range(node);
      case TemplateNode::Kind::kBreak: return Flow::kBreak;
      case TemplateNode::Kind::kContinue: return Flow::kContinue;
    }
    return Flow::kFailed;
  }

  Flow act(const TemplateNode& node) {
    const auto value = evaluate(node.pipeline);
    if (!value) return Flow::kFailed;
    if (node.pipeline.variables.empty()) out_ += print(*value);
    return Flow::kNext;
  }

  Flow branch(const TemplateNode& node) {
    const std::size_t scope = variables_.size();
    const auto value = evaluate(node.pipeline);
    if (!value) return Flow::kFailed;
    const TemplateValue outer = dot_;
    const bool taken = is_true(*value);
    if (taken && node.kind == TemplateNode::Kind::kWith) dot_ = *value;
    const Flow flow = walk(taken ? node.body : node.otherwise);
    dot_ = outer;
    variables_.resize(scope);
    return flow;
  }

  // Over labels, in the order of their names.
  Flow range(const TemplateNode& node) {
    const std::size_t scope = variables_.size();
    const auto value = evaluate(node.pipeline, /*declare=*/false);
    if (!value) return Flow::kFailed;
    const auto* labels = std::get_if<const Labels*>(&*value);
    if (labels == nullptr) {
      failed("range can't iterate over " + print(*value));
      return Flow::kFailed;
    }
    const TemplateValue outer = dot_;
    Flow flow = (*labels)->empty() ? walk(node.otherwise) : Flow::kNext;
    for (const auto& [name, text] : **labels) {
      dot_ = text;
      bind_range(node.pipeline, name, text);
      flow = walk(node.body);
      variables_.resize(scope);
      if (flow == Flow::kBreak || flow == Flow::kFailed) break;
    }
    dot_ = outer;
    variables_.resize(scope);
    return flow == Flow::kFailed ? flow : Flow::kNext;
  }

  void bind_range(const TemplatePipeline& pipeline, const std::string& name, const std::string& text) {
    const auto& variables = pipeline.variables;
    if (variables.size() == 1) bind(pipeline, variables[0], text);
    if (variables.size() == 2) {
      bind(pipeline, variables[0], name);
      bind(pipeline, variables[1], text);
    }
  }

  void bind(const TemplatePipeline& pipeline, const std::string& name, TemplateValue value) {
    if (!pipeline.assigns) {
      variables_.emplace_back(name, std::move(value));
    } else if (TemplateValue* variable = find(name); variable != nullptr) {
      *variable = std::move(value);
    }
  }

  // The innermost variable of that name.
  TemplateValue* find(const std::string& name) {
    for (auto at = variables_.rbegin(); at != variables_.rend(); ++at) {
      if (at->first == name) return &at->second;
    }
    return nullptr;
  }

  std::optional<TemplateValue> evaluate(const TemplatePipeline& pipeline, bool declare = true) {
    std::optional<TemplateValue> value;
    for (const TemplateCommand& command : pipeline.commands) {
      value = run(command, std::exchange(value, std::nullopt));
      if (!value) return std::nullopt;
    }
    if (declare) {
      for (const std::string& name : pipeline.variables) bind(pipeline, name, *value);
    }
    return value;
  }

  std::optional<TemplateValue> run(const TemplateCommand& command, std::optional<TemplateValue> piped) {
    const TemplateFunction* function = command.front().function;
    if (function == nullptr) {
      const TemplateOperand& operand = command.front();
      const bool constant = operand.kind == TemplateOperand::Kind::kConstant;
      if (constant && std::holds_alternative<Nil>(operand.constant)) return failed("nil is not a command");
      return evaluate(operand);
    }
    const bool is_and = function->name == "and";
    const bool short_circuits = is_and || function->name == "or";
    std::vector<TemplateValue> args;
    for (std::size_t i = 1; i < command.size(); ++i) {
      auto arg = evaluate(command[i]);
      if (!arg) return std::nullopt;
      args.push_back(std::move(*arg));
      if (short_circuits && is_true(args.back()) != is_and) return args.back();
    }
    if (piped) args.push_back(std::move(*piped));
    return call(*function, args);
  }

  std::optional<TemplateValue> call(const TemplateFunction& function, const std::vector<TemplateValue>& args) {
    Result<TemplateValue> result = function.call(args);
    if (!result) return failed("error calling " + std::string(function.name) + ": " + result.error().message);
    return std::move(*result);
  }

  std::optional<TemplateValue> evaluate(const TemplateOperand& operand) {
    std::optional<TemplateValue> value;
    switch (operand.kind) {
      case TemplateOperand::Kind::kDot: value = dot_; break;
      case TemplateOperand::Kind::kConstant: value = operand.constant; break;
      case TemplateOperand::Kind::kFunction: value = call(*operand.function, {}); break;
      case TemplateOperand::Kind::kPipeline: value = evaluate(*operand.pipeline); break;
      case TemplateOperand::Kind::kVariable:
        if (const TemplateValue* variable = find(operand.name); variable != nullptr) value = *variable;
        break;
    }
    for (const std::string& name : operand.fields) {
      if (!value) return std::nullopt;
      value = field(*value, name);
    }
    return value;
  }

  std::optional<TemplateValue> field(const TemplateValue& value, const std::string& name) {
    if (const auto* labels = std::get_if<const Labels*>(&value)) return std::string((*labels)->get(name));
    if (const auto* data = std::get_if<const TemplateData*>(&value)) {
      if (name == "Labels") return (*data)->labels;
      if (name == "ExternalLabels") return (*data)->external_labels;
      if (name == "ExternalURL") return std::string((*data)->external_url);
      if (name == "Value") return (*data)->value;
    }
    return failed("can't evaluate field " + name + " in type " + std::string(type_name(value)));
  }

  std::string out_;
  TemplateValue dot_;
  std::vector<std::pair<std::string, TemplateValue>> variables_;
  Error error_;
};

}  // namespace

Result<std::string> Template::expand(const TemplateData& data) const { return Executor(data).run(*root_); }

std::string Template::expand_or_error(const TemplateData& data) const {
  Result<std::string> text = expand(data);
  return text ? std::move(*text) : "<error expanding template: " + text.error().message + ">";
}

}  // namespace pmon::rules
