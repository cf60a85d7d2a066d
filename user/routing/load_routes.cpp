// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "pmon/suggest.h"
#include "routing/load_parts.h"

namespace pmon::routing {
namespace {

constexpr std::array<std::string_view, 12> kRouteKeys = {"receiver",
                                                         "matchers",
                                                         "match",
                                                         "match_re",
                                                         "group_by",
                                                         "group_wait",
                                                         "group_interval",
                                                         "repeat_interval",
                                                         "continue",
                                                         "mute_time_intervals",
                                                         "active_time_intervals",
                                                         "routes"};

// What a root cannot have, for everything must come to it at any time, and where it goes on is its own end.
constexpr std::array<std::string_view, 6> kNotOfRoot = {
    "matchers", "match", "match_re", "continue", "mute_time_intervals", "active_time_intervals"};

// A node may hold itself through YAML's anchors.
constexpr int kDeepest = 50;
constexpr std::size_t kMostRoutes = 10'000;

class RouteLoader {
 public:
  RouteLoader(config::YamlReader& yaml, const Names& names) : yaml_(yaml), names_(names) {}

  [[nodiscard]] Route root(const YAML::Node& node) {
    Route root;
    const std::size_t errors_before = yaml_.error_count();
    read(node, root, 0);
    if (root.receiver.empty() && yaml_.error_count() == errors_before) {
      yaml_.error(node, "the root route must name a 'receiver'");
    }
    return root;
  }

 private:
  void read(const YAML::Node& node, Route& route, int depth) {
    if (depth > kDeepest) return yaml_.error(node, fmt::format("routes are nested deeper than {}", kDeepest));
    if (++count_ > kMostRoutes) {
      if (count_ == kMostRoutes + 1) yaml_.error(node, fmt::format("more than {} routes", kMostRoutes));
      return;
    }
    std::optional<YAML::Node> children;
    yaml_.each_key(node, kRouteKeys, "a route", [&](const std::string& key, const YAML::Node& value) {
      if (value.IsNull()) return;
      if (depth == 0 && std::ranges::find(kNotOfRoot, key) != kNotOfRoot.end() && !is_empty(key, value)) {
        return yaml_.error(value, fmt::format("the root route cannot have '{}': every alert comes to it", key));
      }
      if (key == "routes") {
        children = value;
      } else {
        read_key(key, value, route);
      }
    });
    // Last, for they take over what stands here, wherever it stands.
    if (!children) return;
    yaml_.each_item(*children, "routes", [&](const YAML::Node& item) {
      Route child = inherited(route);
      read(item, child, depth + 1);
      route.routes.push_back(std::move(child));
    });
  }

  static Route inherited(const Route& parent) {
    Route child;
    child.receiver = parent.receiver;
    child.group_by_all = parent.group_by_all;
    child.group_by = parent.group_by;
    child.group_wait_ms = parent.group_wait_ms;
    child.group_interval_ms = parent.group_interval_ms;
    child.repeat_interval_ms = parent.repeat_interval_ms;
    return child;
  }

  bool is_empty(const std::string& key, const YAML::Node& value) {
    return key == "continue" ? !yaml_.flag(value, key) : !value.IsScalar() && value.size() == 0;
  }

  void read_key(const std::string& key, const YAML::Node& value, Route& route) {
    if (key == "receiver") {
      read_receiver(value, route);
    } else if (key == "matchers") {
      read_matchers(yaml_, value, key, route.matchers);
    } else if (key == "match") {
      read_match(yaml_, value, key, alerts::LabelMatcher::Op::kEqual, route.matchers);
    } else if (key == "match_re") {
      read_match(yaml_, value, key, alerts::LabelMatcher::Op::kMatches, route.matchers);
    } else if (key == "group_by") {
      read_group_by(value, route);
    } else if (key == "group_wait") {
      route.group_wait_ms = yaml_.duration(value, key, true);
    } else if (key == "group_interval") {
      route.group_interval_ms = yaml_.duration(value, key, false);
    } else if (key == "repeat_interval") {
      route.repeat_interval_ms = yaml_.duration(value, key, false);
    } else if (key == "continue") {
      route.go_on = yaml_.flag(value, key);
    } else {
      read_times_named(value, key, key.starts_with("mute") ? route.mute_times : route.active_times);
    }
  }

  void read_receiver(const YAML::Node& value, Route& route) {
    const std::string name = yaml_.text(value, "receiver");
    if (name.empty()) return;  // as if it were not there: the parent's
    if (std::ranges::find(names_.receivers, name) == names_.receivers.end()) {
      yaml_.error(value, fmt::format("unknown receiver '{}'{}", name, did_you_mean(name, names_.receivers)));
    }
    route.receiver = name;
  }

  void read_group_by(const YAML::Node& value, Route& route) {
    std::vector<std::string> labels;
    bool all = false;
    yaml_.each_item(value, "group_by", [&](const YAML::Node& item) {
      const std::string label = yaml_.text(item, "group_by");
      if (label == "...") {
        all = true;
      } else if (!config::is_label_name(label)) {
        yaml_.error(item, fmt::format("'{}' is not the name of a label", label));
      } else if (std::ranges::find(labels, label) != labels.end()) {
        yaml_.error(item, fmt::format("label '{}' is there twice", label));
      } else {
        labels.push_back(label);
      }
    });
    if (all && !labels.empty()) return yaml_.error(value, "'...' stands for every label: name no others beside it");
    if (!all && labels.empty()) return;  // as in Alertmanager: the parent's
    std::ranges::sort(labels);
    route.group_by_all = all;
    route.group_by = std::move(labels);
  }

  void read_times_named(const YAML::Node& value, const std::string& key, std::vector<std::size_t>& times) {
    yaml_.each_item(value, key, [&](const YAML::Node& item) {
      const std::string name = yaml_.text(item, key);
      const auto at = std::ranges::find(names_.times, name);
      if (at == names_.times.end()) {
        return yaml_.error(item, fmt::format("unknown time interval '{}'{}", name, did_you_mean(name, names_.times)));
      }
      times.push_back(static_cast<std::size_t>(at - names_.times.begin()));
    });
  }

  config::YamlReader& yaml_;
  const Names& names_;
  std::size_t count_ = 0;
};

}  // namespace

Route read_routes(config::YamlReader& yaml, const YAML::Node& root, const Names& names) {
  return RouteLoader(yaml, names).root(root);
}

}  // namespace pmon::routing
