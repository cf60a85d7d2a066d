// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "routing/load_parts.h"

namespace pmon::routing {
namespace {

using Op = alerts::LabelMatcher::Op;

constexpr std::array<std::string_view, 7> kInhibitKeys = {
    "source_matchers", "source_match", "source_match_re", "target_matchers", "target_match",
    "target_match_re", "equal"};

}  // namespace

void read_matchers(config::YamlReader& yaml, const YAML::Node& list, std::string_view key,
                   std::vector<alerts::LabelMatcher>& matchers) {
  yaml.each_item(list, key, [&](const YAML::Node& item) {
    if (!item.IsScalar()) {
      return yaml.error(item, fmt::format("'{}' must be a list of texts such as severity=\"critical\"", key));
    }
    const auto parsed = alerts::parse_matchers(item.Scalar());
    if (!parsed) return yaml.error_inside(item, parsed.error());
    matchers.insert(matchers.end(), parsed->begin(), parsed->end());
  });
}

void read_match(config::YamlReader& yaml, const YAML::Node& map, std::string_view key, Op op,
                std::vector<alerts::LabelMatcher>& matchers) {
  yaml.each_key(map, {}, fmt::format("'{}'", key), [&](const std::string& label, const YAML::Node& value) {
    if (!config::is_label_name(label)) return yaml.error(value, fmt::format("'{}' is not the name of a label", label));
    auto matcher = alerts::LabelMatcher::make(label, op, yaml.text(value, label));
    if (!matcher) return yaml.error(value, matcher.error().message);
    matchers.push_back(std::move(*matcher));
  });
}

std::vector<alerts::InhibitRule> read_inhibit_rules(config::YamlReader& yaml, const YAML::Node& list) {
  std::vector<alerts::InhibitRule> rules;
  yaml.each_item(list, "inhibit_rules", [&](const YAML::Node& node) {
    alerts::InhibitRule rule;
    yaml.each_key(node, kInhibitKeys, "an inhibit rule", [&](const std::string& key, const YAML::Node& value) {
      std::vector<alerts::LabelMatcher>& side = key.starts_with("source") ? rule.source : rule.target;
      if (key.ends_with("_matchers")) {
        read_matchers(yaml, value, key, side);
      } else if (key.ends_with("_match")) {
        read_match(yaml, value, key, Op::kEqual, side);
      } else if (key.ends_with("_match_re")) {
        read_match(yaml, value, key, Op::kMatches, side);
      } else {
        yaml.each_item(value, key, [&](const YAML::Node& item) {
          const std::string label = yaml.text(item, key);
          if (!config::is_label_name(label))
            return yaml.error(item, fmt::format("'{}' is not the name of a label", label));
          rule.equal.push_back(label);
        });
      }
    });
    rules.push_back(std::move(rule));
  });
  return rules;
}

}  // namespace pmon::routing
