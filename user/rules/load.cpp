// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cctype>
#include <charconv>
#include <set>
#include <span>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "pmon/suggest.h"
#include "config/duration.h"
#include "config/read_file.h"
#include "rules/rules.h"

namespace pmon::rules {
namespace {

constexpr std::array<std::string_view, 1> kFileKeys = {"groups"};
constexpr std::array<std::string_view, 4> kGroupKeys = {"name", "interval", "limit", "rules"};
constexpr std::array<std::string_view, 7> kRuleKeys = {"alert",           "record", "expr",       "for",
                                                       "keep_firing_for", "labels", "annotations"};

bool is_name(std::string_view name, bool colons) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && !(colons && c == ':')) return false;
  }
  return true;
}

// Where an error of Expr::parse() is: its message starts with "line:column: ", columns counting characters.
struct ExprError {
  std::size_t offset = 0;
  std::string message;
};

ExprError locate(const std::string& text, const std::string& expr) {
  std::size_t line = 0;
  std::size_t column = 0;
  const char* const end = text.data() + text.size();
  const auto line_end = std::from_chars(text.data(), end, line);
  if (line_end.ec != std::errc() || line_end.ptr == end || *line_end.ptr != ':') return {0, text};
  const auto column_end = std::from_chars(line_end.ptr + 1, end, column);
  if (column_end.ec != std::errc() || column_end.ptr == end || *column_end.ptr != ':') return {0, text};
  std::string_view message(column_end.ptr + 1, static_cast<std::size_t>(end - column_end.ptr - 1));
  message.remove_prefix(message.starts_with(' ') ? 1 : 0);
  std::size_t offset = 0;
  for (; line > 1 && offset < expr.size(); ++offset) line -= expr[offset] == '\n' ? 1 : 0;
  for (; column > 1 && offset < expr.size(); ++offset) {
    const bool last_of_character = offset + 1 == expr.size() || (expr[offset + 1] & 0xc0) != 0x80;
    column -= last_of_character ? 1 : 0;
  }
  return {offset, std::string(message.substr(0, message.find('\n')))};
}

// Reads one file; collects what is wrong instead of stopping at it.
class Loader {
 public:
  Loader(std::string_view yaml, const std::string& file) : source_(std::make_shared<config::Source>(file, yaml)) {}

  std::vector<Group> run(std::string_view yaml) {
    std::vector<Group> groups;
    try {
      const YAML::Node root = YAML::Load(std::string(yaml));
      if (root.IsDefined() && !root.IsNull()) read_file(root, groups);
    } catch (const YAML::Exception& error) {
      const std::size_t place = error.mark.is_null() ? 0 : source_->offset(error.mark.line, error.mark.column);
      errors_.push_back(source_->error(place, "not valid YAML: " + error.msg));
    }
    return groups;
  }

  [[nodiscard]] const std::vector<config::Diagnostic>& errors() const { return errors_; }

 private:
  [[nodiscard]] std::size_t offset(const YAML::Node& node) const {
    return source_->offset(node.Mark().line, node.Mark().column);
  }
  void error(const YAML::Node& node, std::string message) { error_at(offset(node), std::move(message)); }
  void error_at(std::size_t at, std::string message) { errors_.push_back(source_->error(at, std::move(message))); }

  // Calls f(key, value) for each known key of a map; the rest are errors.
  template <typename F>
  void each_key(const YAML::Node& map, std::span<const std::string_view> known, std::string_view what, F&& f) {
    if (!map.IsMap()) return error(map, fmt::format("{} must be a mapping", what));
    std::set<std::string> seen;
    for (const auto& pair : map) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
      if (!seen.insert(key).second) {
        error(pair.first, fmt::format("key '{}' is there twice", key));
      } else if (!known.empty() && std::ranges::find(known, key) == known.end()) {
        error(pair.first, fmt::format("unknown key '{}' in {}{}", key, what, did_you_mean(key, known)));
      } else {
        f(key, pair.second);
      }
    }
  }

  std::string text(const YAML::Node& node, std::string_view key) {
    if (node.IsScalar()) return node.Scalar();
    if (!node.IsNull()) error(node, fmt::format("'{}' must be a text", key));
    return {};
  }

  Timestamp duration(const YAML::Node& node, const std::string& key) {
    const std::string value = text(node, key);
    const std::optional<Timestamp> ms = config::parse_duration(value);
    if (!ms) error(node, fmt::format("'{}': not a duration: '{}' (write 30s, 5m, 1h30m, 500ms)", key, value));
    return ms.value_or(0);
  }

  std::size_t count(const YAML::Node& node, const std::string& key) {
    const std::string value = text(node, key);
    std::size_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = read.ec == std::errc() && read.ptr == value.data() + value.size();
    if (!whole) error(node, fmt::format("'{}': not a whole number: '{}'", key, value));
    return number;
  }

  void read_file(const YAML::Node& root, std::vector<Group>& groups) {
    each_key(root, kFileKeys, "the rule file", [&](const std::string&, const YAML::Node& list) {
      if (list.IsNull()) return;
      if (!list.IsSequence()) return error(list, "'groups' must be a list");
      std::set<std::string> names;
      for (const YAML::Node& node : list) {
        groups.push_back(read_group(node));
        const std::string& name = groups.back().name;
        if (!name.empty() && !names.insert(name).second) {
          error(node, fmt::format("group name '{}' is repeated in the same file", name));
        }
      }
    });
  }

  Group read_group(const YAML::Node& node) {
    Group group;
    group.position = source_->position(offset(node));
    each_key(node, kGroupKeys, "a group", [&](const std::string& key, const YAML::Node& value) {
      if (key == "name") {
        group.name = text(value, key);
      } else if (key == "interval") {
        group.interval_ms = duration(value, key);
        if (*group.interval_ms == 0) group.interval_ms.reset();
      } else if (key == "limit") {
        group.limit = count(value, key);
      } else {
        read_rules(value, group);
      }
    });
    if (node.IsMap() && group.name.empty()) error(node, "a group needs a name");
    return group;
  }

  void read_rules(const YAML::Node& list, Group& group) {
    if (list.IsNull()) return;
    if (!list.IsSequence()) return error(list, "'rules' must be a list");
    for (const YAML::Node& node : list) {
      Rule rule;
      rule.position = source_->position(offset(node));
      rule.source = source_;
      const std::size_t errors_before = errors_.size();
      read_rule(node, rule);
      if (errors_.size() == errors_before) group.rules.push_back(std::move(rule));
    }
  }

  void read_rule(const YAML::Node& node, Rule& rule) {
    bool has_expr = false;
    each_key(node, kRuleKeys, "a rule", [&](const std::string& key, const YAML::Node& value) {
      if (key == "alert") {
        rule.alert = text(value, key);
      } else if (key == "record") {
        rule.record = text(value, key);
      } else if (key == "expr") {
        has_expr = value.IsScalar() && !value.Scalar().empty();
        if (has_expr) read_expr(value, rule);
      } else if (key == "for") {
        rule.for_ms = duration(value, key);
      } else if (key == "keep_firing_for") {
        rule.keep_firing_for_ms = duration(value, key);
      } else if (key == "labels") {
        rule.labels = read_labels(value, "label");
      } else {
        rule.annotations = read_labels(value, "annotation");
      }
    });
    if (!node.IsMap()) return;
    if (!has_expr) error(node, "field 'expr' must be set in a rule");
    check_rule(node, rule);
  }

  void check_rule(const YAML::Node& node, const Rule& rule) {
    if (rule.alert.empty() && rule.record.empty()) return error(node, "one of 'alert' and 'record' must be set");
    if (!rule.alert.empty() && !rule.record.empty()) {
      return error(node, "only one of 'alert' and 'record' may be set");
    }
    if (rule.record.empty()) return;
    if (!is_name(rule.record, true)) error(node["record"], fmt::format("invalid metric name '{}'", rule.record));
    for (const char* key : {"for", "keep_firing_for", "annotations"}) {
      if (node[key]) error(node[key], fmt::format("'{}' belongs to alerts, not to recording rules", key));
    }
  }

  void read_expr(const YAML::Node& node, Rule& rule) {
    rule.expr_start = offset(node);
    Result<promql::Expr> expr = promql::Expr::parse(node.Scalar());
    if (expr) {
      rule.expr = std::move(*expr);
      return;
    }
    const ExprError wrong = locate(expr.error().message, node.Scalar());
    error_at(source_->inside_scalar(rule.expr_start, node.Scalar(), wrong.offset), wrong.message);
  }

  std::vector<TemplatedLabel> read_labels(const YAML::Node& map, std::string_view what) {
    std::vector<TemplatedLabel> labels;
    if (map.IsNull()) return labels;
    each_key(map, {}, fmt::format("'{}s'", what), [&](const std::string& name, const YAML::Node& value) {
      if (!is_name(name, false) || name == kNameLabel) {
        return error(value, fmt::format("invalid {} name '{}' (letters, digits and _)", what, name));
      }
      std::string text_value = text(value, name);
      auto parsed = Template::parse(text_value);
      if (!parsed) {
        const std::size_t place = source_->inside_scalar(offset(value), text_value, parsed.error().offset);
        return error_at(place, fmt::format("template of {} '{}': {}", what, name, parsed.error().message));
      }
      labels.push_back({name, std::move(text_value), std::move(*parsed)});
    });
    return labels;
  }

  std::shared_ptr<const config::Source> source_;
  std::vector<config::Diagnostic> errors_;
};

}  // namespace

Result<std::vector<Group>> load(std::string_view yaml, const std::string& file) {
  Loader loader(yaml, file);
  std::vector<Group> groups = loader.run(yaml);
  if (!loader.errors().empty()) return fail(ErrorKind::kUsage, config::text_of(loader.errors()));
  return groups;
}

Result<std::vector<Group>> load_file(const std::string& path) {
  const Result<std::string> text = config::read_file(path, "rule file");
  if (!text) return std::unexpected(text.error());
  return load(*text, path);
}

}  // namespace pmon::rules
