// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>

#include "pmon/suggest.h"
#include "rules/template.h"
#include "rules/template_lexer.h"
#include "rules/template_node.h"

namespace pmon::rules {
namespace {

using Kind = TemplateToken::Kind;
using ParseError = Template::ParseError;
using Nodes = std::vector<TemplateNode>;

// Deeper nesting is refused, so that no text can exhaust the stack.
constexpr int kDeepest = 100;
// What Prometheus defines in front of every rule template, and Go's name for the data itself.
constexpr std::string_view kPredefined[] = {"$", "$labels", "$externalLabels", "$externalURL", "$value"};

// How an action that ends a list of nodes was spelled.
enum class ListEnd { kEnd, kElse, kElseIf, kText };

class Parser {
 public:
  explicit Parser(std::vector<TemplateToken> tokens)
      : tokens_(std::move(tokens)), variables_(std::begin(kPredefined), std::end(kPredefined)) {}

  std::expected<TemplateNode, ParseError> run() {
    TemplateNode root;
    ListEnd end = ListEnd::kText;
    const std::size_t last_offset = tokens_.back().offset;
    root.body = parse_list(end);
    if (!error_ && end != ListEnd::kText) fail_at(list_end_offset_, "unexpected {{end}} or {{else}}");
    if (!error_ && peek().kind != Kind::kEnd) fail_at(last_offset, "unexpected end");
    if (error_) return std::unexpected(*error_);
    return root;
  }

 private:
  const TemplateToken& peek() const { return tokens_[next_]; }
  const TemplateToken& take() {
    const TemplateToken& token = tokens_[next_];
    if (next_ + 1 < tokens_.size()) ++next_;
    return token;
  }
  bool at_word(std::string_view word) const { return peek().kind == Kind::kIdentifier && peek().text == word; }

  void fail_at(std::size_t offset, std::string message) {
    if (!error_) error_ = ParseError{offset, std::move(message)};
  }
  void fail_unexpected(std::string_view where) {
    const TemplateToken& token = peek();
    const bool end = token.kind == Kind::kEnd;
    fail_at(token.offset, end ? "unexpected end of the template in " + std::string(where)
                              : "unexpected " + quoted(token.text) + " in " + std::string(where));
  }

  Nodes parse_list(ListEnd& end) {
    Nodes nodes;
    end = ListEnd::kText;
    while (!error_ && peek().kind != Kind::kEnd) {
      if (peek().kind == Kind::kText) {
        nodes.push_back({.kind = TemplateNode::Kind::kText, .text = take().text});
        continue;
      }
      const std::size_t offset = take().offset;  // {{
      if (ends_list(end)) {
        list_end_offset_ = offset;
        return nodes;
      }
      parse_action(nodes, offset);
    }
    return nodes;
  }

  bool ends_list(ListEnd& end) {
    if (at_word("end")) {
      take();
      expect_close("{{end}}");
      end = ListEnd::kEnd;
      return true;
    }
    if (!at_word("else")) return false;
    take();
    if (at_word("if")) {
      end = ListEnd::kElseIf;
      return true;
    }
    expect_close("{{else}}");
    end = ListEnd::kElse;
    return true;
  }

  void expect_close(std::string_view where) {
    if (peek().kind != Kind::kClose) return fail_unexpected(where);
    take();
  }

  void parse_action(Nodes& nodes, std::size_t offset) {
    if (at_word("if")) return nodes.push_back(parse_block(TemplateNode::Kind::kIf, offset));
    if (at_word("range")) return nodes.push_back(parse_block(TemplateNode::Kind::kRange, offset));
    if (at_word("with")) return nodes.push_back(parse_block(TemplateNode::Kind::kWith, offset));
    if (at_word("break") || at_word("continue")) return parse_jump(nodes);
    if (at_word("define") || at_word("template") || at_word("block")) {
      return fail_at(peek().offset, "{{" + peek().text + "}} is not supported in rule files");
    }
    TemplateNode node{.kind = TemplateNode::Kind::kAction};
    node.pipeline = parse_pipeline("action", Kind::kClose, 1);
    expect_close("action");
    nodes.push_back(std::move(node));
  }

  void parse_jump(Nodes& nodes) {
    const bool breaks = peek().text == "break";
    if (range_depth_ == 0) return fail_at(peek().offset, "{{" + peek().text + "}} outside {{range}}");
    take();
    expect_close("action");
    nodes.push_back({.kind = breaks ? TemplateNode::Kind::kBreak : TemplateNode::Kind::kContinue});
  }

  // From the keyword to {{end}}.
  TemplateNode parse_block(TemplateNode::Kind kind, std::size_t offset) {
    TemplateNode node{.kind = kind};
    if (++depth_ > kDeepest) fail_at(offset, "nested too deeply");
    const std::size_t scope = variables_.size();
    const std::string keyword = take().text;
    const bool ranges = kind == TemplateNode::Kind::kRange;
    node.pipeline = parse_pipeline(keyword, Kind::kClose, ranges ? 2 : 1);
    expect_close(keyword);
    ListEnd end = ListEnd::kText;
    range_depth_ += ranges ? 1 : 0;
    node.body = parse_list(end);
    range_depth_ -= ranges ? 1 : 0;
    if (!error_ && end == ListEnd::kElseIf) {
      if (kind != TemplateNode::Kind::kIf) fail_at(list_end_offset_, "{{else if}} belongs to {{if}}");
      if (!error_) node.otherwise.push_back(parse_block(TemplateNode::Kind::kIf, offset));
    } else if (!error_ && end == ListEnd::kElse) {
      node.otherwise = parse_list(end);
      if (!error_ && end != ListEnd::kEnd)
        fail_at(end == ListEnd::kText ? offset : list_end_offset_, unclosed(keyword));
    } else if (!error_ && end == ListEnd::kText) {
      fail_at(offset, unclosed(keyword));
    }
    variables_.resize(scope);
    --depth_;
    return node;
  }

  static std::string unclosed(const std::string& keyword) { return "{{" + keyword + "}} without its {{end}}"; }

  TemplatePipeline parse_pipeline(std::string_view where, Kind closing, std::size_t most_variables) {
    TemplatePipeline pipeline;
    if (++depth_ > kDeepest) fail_at(peek().offset, "nested too deeply");
    parse_variables(pipeline, most_variables);
    while (!error_) {
      pipeline.commands.push_back(parse_command(where, closing, !pipeline.commands.empty()));
      if (peek().kind != Kind::kPipe) break;
      take();
    }
    --depth_;
    if (!pipeline.assigns) variables_.insert(variables_.end(), pipeline.variables.begin(), pipeline.variables.end());
    return pipeline;
  }

  // `$x :=`, `$x =`, and in range `$i, $x :=`.
  void parse_variables(TemplatePipeline& pipeline, std::size_t most) {
    std::size_t ahead = next_;
    std::vector<std::string> names;
    while (tokens_[ahead].kind == Kind::kVariable && names.size() < most) {
      names.push_back(tokens_[ahead++].text);
      if (tokens_[ahead].kind != Kind::kComma) break;
      ++ahead;
    }
    const Kind sign = tokens_[ahead].kind;
    if (names.empty() || (sign != Kind::kDeclare && sign != Kind::kAssign)) return;
    pipeline.assigns = sign == Kind::kAssign;
    if (pipeline.assigns) {
      for (const std::string& name : names) check_variable(name, peek().offset);
    }
    pipeline.variables = std::move(names);
    next_ = ahead + 1;
  }

  void check_variable(const std::string& name, std::size_t offset) {
    if (std::ranges::find(variables_, name) != variables_.end()) return;
    fail_at(offset, "undefined variable " + quoted(name) + did_you_mean(name, variables_));
  }

  TemplateCommand parse_command(std::string_view where, Kind closing, bool piped) {
    TemplateCommand command;
    const std::size_t offset = peek().offset;
    while (!error_ && peek().kind != closing && peek().kind != Kind::kPipe) {
      if (!command.empty() && !peek().spaced) {
        fail_unexpected(where);
        break;
      }
      command.push_back(parse_operand(where));
    }
    if (error_) return command;
    if (command.empty()) {
      fail_at(offset, "missing value for " + std::string(where));
      return command;
    }
    check_call(command, offset, piped);
    return command;
  }

  void check_call(const TemplateCommand& command, std::size_t offset, bool piped) {
    const TemplateFunction* function = command.front().function;
    const std::size_t given = command.size() - 1 + (piped ? 1 : 0);
    if (function == nullptr) {
      if (given > 0) fail_at(offset, "can't give an argument to something that is not a function");
      return;
    }
    check_arity(*function, given, offset);
    for (std::size_t i = 1; i < command.size(); ++i) {
      if (command[i].function != nullptr) check_arity(*command[i].function, 0, offset);
    }
  }

  void check_arity(const TemplateFunction& function, std::size_t given, std::size_t offset) {
    if (given >= function.min_args && given <= function.max_args) return;
    const std::string wanted = (function.max_args == kAnyNumber ? "at least " : "") + std::to_string(function.min_args);
    fail_at(offset, "wrong number of arguments for " + std::string(function.name) + ": want " + wanted + ", got " +
                        std::to_string(given));
  }

  TemplateOperand parse_operand(std::string_view where) {
    TemplateOperand operand;
    const TemplateToken& token = peek();
    switch (token.kind) {
      case Kind::kDot: break;
      case Kind::kField: operand.fields.push_back(token.text); break;
      case Kind::kVariable:
        operand.kind = TemplateOperand::Kind::kVariable;
        operand.name = token.text;
        check_variable(token.text, token.offset);
        break;
      case Kind::kString:
        operand.kind = TemplateOperand::Kind::kConstant;
        operand.constant = token.text;
        break;
      case Kind::kNumber:
        operand.kind = TemplateOperand::Kind::kConstant;
        operand.constant = parse_number(token);
        break;
      case Kind::kIdentifier: parse_word(operand, token); break;
      case Kind::kLeftParen:
        take();
        operand.kind = TemplateOperand::Kind::kPipeline;
        operand.pipeline = std::make_shared<TemplatePipeline>(parse_pipeline("parenthesis", Kind::kRightParen, 0));
        if (!error_ && peek().kind != Kind::kRightParen) fail_unexpected("parenthesis");
        break;
      case Kind::kText:
      case Kind::kOpen:
      case Kind::kClose:
      case Kind::kPipe:
      case Kind::kRightParen:
      case Kind::kDeclare:
      case Kind::kAssign:
      case Kind::kComma:
      case Kind::kEnd: fail_unexpected(where); return operand;
    }
    take();
    while (!error_ && peek().kind == Kind::kField && !peek().spaced) operand.fields.push_back(take().text);
    return operand;
  }

  void parse_word(TemplateOperand& operand, const TemplateToken& token) {
    operand.kind = TemplateOperand::Kind::kConstant;
    if (token.text == "true" || token.text == "false") {
      operand.constant = token.text == "true";
    } else if (token.text == "nil") {
      operand.constant = Nil();
    } else {
      operand.kind = TemplateOperand::Kind::kFunction;
      operand.function = find_template_function(token.text);
      if (operand.function == nullptr) {
        fail_at(token.offset, "function " + quoted(token.text) + " not defined" + unknown_function_hint(token.text));
      }
    }
  }

  // Go's untyped constants: an int unless it is spelled as a float.
  TemplateValue parse_number(const TemplateToken& token) {
    std::string digits = token.text;
    std::erase(digits, '_');
    if (digits.starts_with('+')) digits.erase(0, 1);
    const char* end = digits.data() + digits.size();
    std::int64_t integer = 0;
    const bool hex = digits.starts_with("0x");
    if (const auto read = std::from_chars(digits.data() + (hex ? 2 : 0), end, integer, hex ? 16 : 10);
        read.ec == std::errc() && read.ptr == end) {
      return integer;
    }
    double real = 0;
    if (const auto read = std::from_chars(digits.data(), end, real); read.ec == std::errc() && read.ptr == end) {
      return real;
    }
    fail_at(token.offset, "bad number syntax: " + quoted(token.text));
    return Nil();
  }

  std::vector<TemplateToken> tokens_;
  std::vector<std::string> variables_;
  std::size_t next_ = 0;
  std::size_t list_end_offset_ = 0;
  int depth_ = 0;
  int range_depth_ = 0;
  std::optional<ParseError> error_;
};

}  // namespace

std::expected<Template, Template::ParseError> Template::parse(std::string_view text) {
  auto tokens = lex_template(text);
  if (!tokens) return std::unexpected(tokens.error());
  auto root = Parser(std::move(*tokens)).run();
  if (!root) return std::unexpected(root.error());
  Template parsed;
  parsed.root_ = std::make_shared<const TemplateNode>(std::move(*root));
  return parsed;
}

bool Template::is_static() const {
  return std::ranges::all_of(root_->body,
                             [](const TemplateNode& node) { return node.kind == TemplateNode::Kind::kText; });
}

}  // namespace pmon::rules
