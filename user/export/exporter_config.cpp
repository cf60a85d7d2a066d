// SPDX-License-Identifier: Apache-2.0
#include "export/exporter_config.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "export/metric_catalog.h"
#include "pmon/suggest.h"

namespace pmon {

using config::YamlReader;
using YAML::Node;

namespace {

constexpr std::size_t kMostItems = 1'000'000;
constexpr std::uint64_t kLeastSpool = 1'000'000;
constexpr Timestamp kLongestTimeout = 300'000;
constexpr Timestamp kLongestWindow = 3'600'000;

Timestamp read_bounded(YamlReader& yaml, const Node& node, std::string_view key, bool zero_is_fine, Timestamp most) {
  const Timestamp ms = yaml.duration(node, key, zero_is_fine);
  if (ms > most) yaml.error(node, fmt::format("'{}' must not be longer than {}m", key, most / 60'000));
  return ms;
}

Statistics read_statistics(YamlReader& yaml, const Node& node) {
  Statistics statistics;
  const std::size_t before = yaml.error_count();
  yaml.each_item(node, "statistics", [&](const Node& item) {
    statistics.add(static_cast<Statistic>(yaml.one_of(item, "statistics", kStatisticWords)));
  });
  if (statistics.empty() && yaml.error_count() == before) yaml.error(node, "'statistics' must name at least one");
  return statistics;
}

}  // namespace

void append(Settings& settings, Settings more) { std::ranges::move(more, std::back_inserter(settings)); }

Setting text_setting(std::string_view key, std::string& into) {
  return {key, [key, &into](YamlReader& yaml, const Node& node) { into = yaml.expanded(node, key); }};
}

Setting flag_setting(std::string_view key, bool& into) {
  return {key, [key, &into](YamlReader& yaml, const Node& node) { into = yaml.flag(node, key); }};
}

Setting count_setting(std::string_view key, std::size_t& into, std::size_t most) {
  return {key, [key, &into, most](YamlReader& yaml, const Node& node) {
            into = static_cast<std::size_t>(yaml.integer(node, key, 1, static_cast<std::int64_t>(most)));
          }};
}

Setting labels_setting(std::string_view key, Labels& into) {
  return {key, [key, &into](YamlReader& yaml, const Node& node) { into = read_labels(yaml, node, key); }};
}

Setting events_setting(EventKinds& into) {
  return {"events", [&into](YamlReader& yaml, const Node& node) { into = read_event_kinds(yaml, node); }};
}

Settings QueueConfig::settings() {
  return {
      {"timeout",
       [this](YamlReader& yaml, const Node& node) {
         timeout = std::chrono::milliseconds(read_bounded(yaml, node, "timeout", false, kLongestTimeout));
       }},
      count_setting("queue", items, kMostItems),
      flag_setting("spool", spool),
      {"spool_size",
       [this](YamlReader& yaml, const Node& node) {
         const std::size_t before = yaml.error_count();
         spool_bytes = yaml.bytes(node, "spool_size");
         if (spool_bytes < kLeastSpool && yaml.error_count() == before) {
           yaml.error(node, "'spool_size' must be at least 1MB");
         }
       }},
  };
}

Settings MetricConfig::settings() {
  return {
      {"window", [this](YamlReader& yaml,
                        const Node& node) { window_ms = read_bounded(yaml, node, "window", true, kLongestWindow); }},
      {"metrics", [this](YamlReader& yaml, const Node& node) { names = read_metric_names(yaml, node); }},
      {"statistics", [this](YamlReader& yaml, const Node& node) { statistics = read_statistics(yaml, node); }},
  };
}

std::vector<std::string> read_metric_names(YamlReader& yaml, const Node& node) {
  std::vector<std::string> known;
  std::ranges::transform(metric_catalog(), std::back_inserter(known), &CatalogEntry::name);
  std::vector<std::string> names;
  yaml.each_item(node, "metrics", [&](const Node& item) {
    const std::string name = yaml.text(item, "metrics");
    const auto means = [&name](const std::string& metric) { return matches_glob(name, metric); };
    if (std::ranges::none_of(known, means)) {
      std::string meant = did_you_mean(name, known);
      if (meant.empty()) meant = " ('pmon metrics' lists them; '*' stands for any text)";
      yaml.error(item, fmt::format("'metrics': there is no metric '{}'{}", name, meant));
    }
    names.push_back(name);
  });
  return names;
}

EventKinds read_event_kinds(YamlReader& yaml, const Node& node) {
  EventKinds kinds;
  yaml.each_item(node, "events", [&](const Node& item) {
    kinds.add(static_cast<EventKind>(yaml.one_of(item, "events", kEventWords)));
  });
  return kinds;
}

Labels read_labels(YamlReader& yaml, const Node& node, std::string_view key) {
  Labels labels;
  yaml.each_key(node, {}, fmt::format("'{}'", key), [&](const std::string& name, const Node& value) {
    if (!config::is_label_name(name) || name.starts_with("__")) {
      yaml.error(value, fmt::format("'{}': '{}' is not the name of a label (letters, digits and _)", key, name));
    }
    labels.set(name, yaml.expanded(value, name));
  });
  return labels;
}

}  // namespace pmon
