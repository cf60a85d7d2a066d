// SPDX-License-Identifier: Apache-2.0
#include "export/report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "export/json_text.h"

namespace pmon {

namespace {

// What the lines of one metric have in common.
struct FamilyText {
  std::array<std::string, kStatistics.size()> types;  // ,"host":…,"type":…,"value":

  FamilyText(const WindowFamily& family, const std::string& host) {
    for (const Statistic statistic : kStatistics) {
      std::string& text = types[static_cast<std::size_t>(statistic)];
      text = ",\"host\":" + host + ",\"type\":";
      append_json_string(text, series_name(family.name, family.kind, statistic));
      text += ",\"value\":";
    }
  }
};

std::string tags_text(const WindowSeries& series, const Labels& tags) {
  const Labels all = with_tags(series.labels, tags);
  std::string text;
  if (!all.empty()) {
    text = ",\"tags\":";
    append_json_object(text, all);
  }
  return text += '}';
}

}  // namespace

Encoded report_lines(const Window& window, const ReportOptions& options) {
  Batches batches(options.most_lines);
  std::string host;
  append_json_string(host, options.host);
  std::string line;
  for (const WindowFamily& family : window.families) {
    const FamilyText text(family, host);
    for (const WindowSeries& series : family.series) {
      const std::string time = "{\"ts\":" + std::to_string(series.time);
      const std::string tags = tags_text(series, options.tags);
      for (std::size_t i = 0; i < series.values.size(); ++i) {
        if (!series.values[i]) continue;
        if (!std::isfinite(*series.values[i])) {
          batches.leave_out();
          continue;
        }
        line = time;
        line += text.types[i];
        append_json_number(line, *series.values[i]);
        line += tags;
        batches.add(line);
      }
    }
  }
  return std::move(batches).take();
}

std::string report_array(std::string_view lines) {
  std::string out = "[";
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    if (out.size() > 1) out += ",\n";
    out += lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out += ']';
}

}  // namespace pmon
