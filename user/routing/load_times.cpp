// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "routing/load_parts.h"

namespace pmon::routing {
namespace {

constexpr std::array<std::string_view, 2> kNamedKeys = {"name", "time_intervals"};
constexpr std::array<std::string_view, 6> kIntervalKeys = {"times",  "weekdays", "days_of_month",
                                                           "months", "years",    "location"};
constexpr std::array<std::string_view, 2> kTimeKeys = {"start_time", "end_time"};

class TimesLoader {
 public:
  explicit TimesLoader(config::YamlReader& yaml) : yaml_(yaml) {}

  [[nodiscard]] NamedTimes named(const YAML::Node& node) {
    NamedTimes named;
    yaml_.each_key(node, kNamedKeys, "a time interval", [&](const std::string& key, const YAML::Node& value) {
      if (key == "name") {
        named.name = yaml_.text(value, key);
      } else {
        yaml_.each_item(value, key, [&](const YAML::Node& item) { named.intervals.push_back(interval(item)); });
      }
    });
    return named;
  }

 private:
  TimeInterval interval(const YAML::Node& node) {
    TimeInterval interval;
    yaml_.each_key(node, kIntervalKeys, "a time interval", [&](const std::string& key, const YAML::Node& value) {
      if (value.IsNull()) return;
      if (value.IsSequence() && value.size() == 0) {
        return yaml_.error(value, fmt::format("'{}' is empty: name some, or leave the key out for any", key));
      }
      if (key == "times") {
        yaml_.each_item(value, key, [&](const YAML::Node& item) { read_time(item, interval.times); });
      } else if (key == "weekdays") {
        read_ranges(value, key, parse_weekdays, interval.weekdays);
      } else if (key == "days_of_month") {
        read_ranges(value, key, parse_days_of_month, interval.days_of_month);
      } else if (key == "months") {
        read_ranges(value, key, parse_months, interval.months);
      } else if (key == "years") {
        read_ranges(value, key, parse_years, interval.years);
      } else {
        read_location(value, interval);
      }
    });
    return interval;
  }

  void read_ranges(const YAML::Node& list, const std::string& key, ParsedRange (*parse)(std::string_view),
                   std::vector<Range>& ranges) {
    yaml_.each_item(list, key, [&](const YAML::Node& item) {
      const ParsedRange range = parse(yaml_.text(item, key));
      if (!range) return yaml_.error(item, range.error());
      ranges.push_back(*range);
    });
  }

  void read_time(const YAML::Node& node, std::vector<Range>& times) {
    Range range{-1, -1};
    const std::size_t errors_before = yaml_.error_count();
    yaml_.each_key(node, kTimeKeys, "a time", [&](const std::string& key, const YAML::Node& value) {
      const auto minute = parse_time_of_day(yaml_.text(value, key));
      if (!minute) return yaml_.error(value, minute.error());
      (key == "start_time" ? range.begin : range.end) = *minute;
    });
    if (yaml_.error_count() != errors_before) return;
    if (range.begin < 0 || range.end < 0) return yaml_.error(node, "a time needs 'start_time' and 'end_time'");
    if (range.begin >= range.end) {
      return yaml_.error(node, "a time must end after it starts; for one over midnight write two");
    }
    times.push_back(range);
  }

  void read_location(const YAML::Node& value, TimeInterval& interval) {
    auto zone = TimeZone::find(yaml_.text(value, "location"));
    if (!zone) return yaml_.error(value, zone.error().text());
    interval.zone = std::move(*zone);
  }

  config::YamlReader& yaml_;
};

}  // namespace

bool NamedTimes::contains(Timestamp wall) const {
  return std::ranges::any_of(intervals, [wall](const TimeInterval& interval) { return interval.contains(wall); });
}

void read_times(config::YamlReader& yaml, const YAML::Node& list, const std::string& key,
                std::vector<NamedTimes>& times) {
  yaml.each_item(list, key, [&](const YAML::Node& node) {
    const std::size_t errors_before = yaml.error_count();
    NamedTimes named = TimesLoader(yaml).named(node);
    if (named.name.empty() && yaml.error_count() == errors_before) {
      return yaml.error(node, "a time interval needs a name");
    }
    if (std::ranges::find(times, named.name, &NamedTimes::name) != times.end()) {
      return yaml.error(node, fmt::format("time interval '{}' is there already", named.name));
    }
    times.push_back(std::move(named));
  });
}

}  // namespace pmon::routing
