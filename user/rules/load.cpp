// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/read_file.h"
#include "config/yaml_reader.h"
#include "rules/rules.h"
#include "rules/yaml_number.h"

namespace pmon::rules {
namespace {

constexpr double kMostLimit = 1e9;  // nothing has as many results
constexpr std::array<std::string_view, 1> kFileKeys = {"groups"};
constexpr std::array<std::string_view, 4> kGroupKeys = {"name", "interval", "limit", "rules"};
constexpr std::array<std::string_view, 7> kRuleKeys = {"alert",           "record", "expr",       "for",
                                                       "keep_firing_for", "labels", "annotations"};

bool is_metric_name(std::string name) {
  std::ranges::replace(name, ':', '_');
  return config::is_label_name(name);
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

class Loader {
 public:
  explicit Loader(config::YamlReader& yaml) : yaml_(yaml) {}

  std::vector<Group> read_file(const YAML::Node& root) {
    std::vector<Group> groups;
    std::set<std::string> names;
    yaml_.each_key(root, kFileKeys, "the rule file", [&](const std::string& key, const YAML::Node& list) {
      yaml_.each_item(list, key, [&](const YAML::Node& node) {
        groups.push_back(read_group(node));
        const std::string& name = groups.back().name;
        if (!name.empty() && !names.insert(name).second) {
          yaml_.error(node, fmt::format("group name '{}' is repeated in the same file", name));
        }
      });
    });
    return groups;
  }

 private:
  // Of a group or a rule; anything else was told already. Nothing is a mapping without keys.
  static bool is_mapping(const YAML::Node& node) { return node.IsMap() || node.IsNull(); }

  // With what its merge key ('<<') brings in; keys of its own come first, then those of the earlier mapping.
  static YAML::Node merged(YAML::Node node) {
    if (!node.IsMap()) return node;
    const YAML::Node merge = std::as_const(node)["<<"];
    if (!merge || !(merge.IsMap() || merge.IsSequence())) return node;
    const std::vector<YAML::Node> mappings =
        merge.IsMap() ? std::vector<YAML::Node>{merge} : std::vector<YAML::Node>(merge.begin(), merge.end());
    if (!std::ranges::all_of(mappings, [](const YAML::Node& one) { return one.IsMap(); })) return node;
    node.remove("<<");
    for (const YAML::Node& mapping : mappings) {
      for (const auto& pair : merged(mapping)) {
        const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
        if (!std::as_const(node)[key]) node.force_insert(pair.first, pair.second);
      }
    }
    return node;
  }

  Group read_group(const YAML::Node& written) {
    const YAML::Node node = merged(written);
    Group group;
    group.position = yaml_.position(node);
    yaml_.each_key(node, kGroupKeys, "a group", [&](const std::string& key, const YAML::Node& value) {
      if (key == "name") {
        group.name = yaml_.text(value, key);
      } else if (key == "interval") {
        group.interval_ms = duration(value, key);
        if (*group.interval_ms == 0) group.interval_ms.reset();
      } else if (key == "limit") {
        group.limit = limit(value);
      } else {
        yaml_.each_item(value, key, [&](const YAML::Node& item) { read_rule(item, group); });
      }
    });
    if (is_mapping(node) && group.name.empty()) yaml_.error(node, "a group needs a name");
    return group;
  }

  // Left empty it is 0.
  Timestamp duration(const YAML::Node& node, std::string_view key) {
    return node.IsNull() ? 0 : yaml_.duration(node, key, true);
  }

  // As Prometheus reads it: any number's whole part, and below 1 there is no limit.
  std::size_t limit(const YAML::Node& node) {
    if (node.IsNull()) return 0;
    const bool is_quoted = node.Tag() == "!";
    const std::string text = yaml_.text(node, "limit");
    const std::optional<double> value = is_quoted ? std::nullopt : yaml_number(text);
    if (!value || !(std::abs(*value) <= 9.2e18)) {
      yaml_.error(node, fmt::format("'limit': not a whole number: {}", is_quoted ? quoted(text) : "'" + text + "'"));
      return 0;
    }
    return static_cast<std::size_t>(std::clamp(*value, 0.0, kMostLimit));
  }

  // Into the group, unless something is wrong with it.
  void read_rule(const YAML::Node& written, Group& group) {
    const YAML::Node node = merged(written);
    Rule rule;
    rule.position = yaml_.position(node);
    rule.source = yaml_.source();
    const std::size_t errors_before = yaml_.error_count();
    // Of recording rules labels are texts; their key may come later.
    const bool alert = !node.IsMap() || !std::as_const(node)["record"];
    yaml_.each_key(node, kRuleKeys, "a rule",
                   [&](const std::string& key, const YAML::Node& value) { read_key(key, value, alert, rule); });
    if (is_mapping(node)) check_rule(node, rule);
    if (yaml_.error_count() == errors_before) group.rules.push_back(std::move(rule));
  }

  void read_key(const std::string& key, const YAML::Node& value, bool alert, Rule& rule) {
    if (key == "alert") {
      rule.alert = yaml_.text(value, key);
    } else if (key == "record") {
      rule.record = yaml_.text(value, key);
    } else if (key == "expr") {
      read_expr(value, rule);
    } else if (key == "for") {
      rule.for_ms = duration(value, key);
    } else if (key == "keep_firing_for") {
      rule.keep_firing_for_ms = duration(value, key);
    } else if (key == "labels") {
      rule.labels = read_labels(value, "label", alert);
    } else {
      rule.annotations = read_labels(value, "annotation", true);
    }
  }

  void check_rule(const YAML::Node& node, const Rule& rule) {
    const YAML::Node expr = node.IsMap() ? node["expr"] : YAML::Node(YAML::NodeType::Undefined);
    const bool has_expr = expr && !expr.IsNull() && !(expr.IsScalar() && expr.Scalar().empty());
    if (!has_expr) yaml_.error(node, "field 'expr' must be set in a rule");
    if (rule.alert.empty() && rule.record.empty()) return yaml_.error(node, "one of 'alert' and 'record' must be set");
    if (!rule.alert.empty() && !rule.record.empty()) {
      return yaml_.error(node, "only one of 'alert' and 'record' may be set");
    }
    if (rule.record.empty()) return;
    if (!is_metric_name(rule.record)) yaml_.error(node["record"], fmt::format("invalid metric name '{}'", rule.record));
    const auto refuse = [&](const char* key, bool given) {
      if (given) yaml_.error(node[key], fmt::format("'{}' belongs to alerts, not to recording rules", key));
    };
    refuse("for", rule.for_ms != 0);
    refuse("keep_firing_for", rule.keep_firing_for_ms != 0);
    refuse("annotations", !rule.annotations.empty());
  }

  void read_expr(const YAML::Node& node, Rule& rule) {
    const std::string text = yaml_.text(node, "expr");
    if (text.empty()) return;
    rule.expr_start = yaml_.offset(node);
    Result<promql::Expr> expr = promql::Expr::parse(text);
    if (expr) {
      rule.expr = std::move(*expr);
      return;
    }
    const ExprError wrong = locate(expr.error().message, text);
    yaml_.error_inside(node, wrong.offset, wrong.message);
  }

  // `templates`: else they are taken as they are.
  std::vector<TemplatedLabel> read_labels(const YAML::Node& map, std::string_view what, bool templates) {
    std::vector<TemplatedLabel> labels;
    yaml_.each_key(merged(map), {}, fmt::format("'{}s'", what), [&](const std::string& name, const YAML::Node& value) {
      if (!config::is_label_name(name) || (name == kNameLabel && what == "label")) {
        return yaml_.error(value, fmt::format("invalid {} name '{}' (letters, digits and _)", what, name));
      }
      std::string text = yaml_.text(value, name);
      auto parsed = Template::parse(templates ? text : "");
      if (!parsed) {
        return yaml_.error_inside(value, parsed.error().offset,
                                  fmt::format("template of {} '{}': {}", what, name, parsed.error().message));
      }
      labels.push_back({name, std::move(text), std::move(*parsed)});
    });
    return labels;
  }

  config::YamlReader& yaml_;
};

}  // namespace

Result<std::vector<Group>> load(std::string_view yaml, const std::string& file) {
  config::YamlReader reader(yaml, file);
  std::vector<Group> groups;
  reader.run([&](const YAML::Node& root) { groups = Loader(reader).read_file(root); });
  if (reader.error_count() != 0) return fail(ErrorKind::kUsage, config::text_of(reader.errors()));
  return groups;
}

Result<std::vector<Group>> load_file(const std::string& path) {
  const Result<std::string> text = config::read_file(path, "rule file");
  if (!text) return std::unexpected(text.error());
  return load(*text, path);
}

}  // namespace pmon::rules
