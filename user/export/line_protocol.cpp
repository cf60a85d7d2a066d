// SPDX-License-Identifier: Apache-2.0
#include "export/line_protocol.h"

#include <cmath>

#include "export/exposition.h"
#include "export/utf8.h"

namespace pmon {

namespace {

constexpr unsigned char kDelete = 0x7f;

bool is_special(char c, bool measurement) { return c == ',' || c == ' ' || (c == '=' && !measurement); }

// Whether the backslashes at the front of `rest` are the last thing before something that would take them for its own.
bool backslash_binds(std::string_view rest, bool measurement) {
  const std::size_t next = rest.find_first_not_of('\\');
  return next == std::string_view::npos || is_special(rest[next], measurement) || rest[next] == '\n' ||
         rest[next] == '\r' || rest[next] == '\t';
}

std::string_view as_text(char c) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return "?";
  }
}

}  // namespace

std::string line_protocol_escaped(std::string_view text, bool measurement) {
  const std::string valid = valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    const auto byte = static_cast<unsigned char>(c);
    if (is_special(c, measurement)) {
      out += '\\';
      out += c;
    } else if (c == '\\' && backslash_binds(std::string_view(valid).substr(i), measurement)) {
      out += '/';
    } else if (byte < ' ' || byte == kDelete) {
      out += as_text(c);
    } else {
      out += c;
    }
  }
  return out;
}

Encoded line_protocol(const Window& window, const LineProtocolOptions& options) {
  Batches batches(options.most_lines);
  std::string line;
  for (const WindowFamily& family : window.families) {
    const std::string measurement = line_protocol_escaped(family.name, true);
    for (const WindowSeries& series : family.series) {
      line = measurement;
      for (const auto& [name, value] : with_tags(series.labels, options.tags)) {
        line += ',' + line_protocol_escaped(name) + '=' + line_protocol_escaped(value);
      }
      std::uint32_t fields = 0;
      for (const Statistic statistic : kStatistics) {
        const auto value = series.values[static_cast<std::size_t>(statistic)];
        if (!value) continue;
        if (!std::isfinite(*value)) {
          batches.leave_out();
          continue;
        }
        line += fields++ == 0 ? ' ' : ',';
        line += statistic_name(family.kind, statistic);
        line += '=' + exposition::format_value(*value);
      }
      if (fields == 0) continue;
      line += ' ' + std::to_string(series.time);
      batches.add(line, fields);
    }
  }
  return std::move(batches).take();
}

}  // namespace pmon
