// SPDX-License-Identifier: Apache-2.0
#include "export/text_format.h"

#include <array>
#include <cmath>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

#include "export/exposition.h"
#include "export/utf8.h"

namespace pmon {

namespace {

std::string scaled(double value, double base, std::string_view units) {
  std::size_t unit = 0;
  // 999.5 and more would be shown with four digits.
  while (std::abs(value) >= (base == 1024 ? 1023.5 : 999.5) && unit + 1 < units.size()) {
    value /= base;
    ++unit;
  }
  const bool decimal = unit > 0 && std::abs(value) < 99.95;
  std::string out = decimal ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
  if (units[unit] != ' ') out += units[unit];
  return out;
}

void append_part(std::string& out, std::string_view part) {
  if (!out.empty()) out += ", ";
  out += part;
}

void append_bytes(std::string& out, std::string_view name, const MetricValues& values, Metric metric) {
  if (const auto value = values.get(metric)) append_part(out, fmt::format("{} {}", name, format_bytes(*value)));
}

std::string present_text(const Evidence& evidence) {
  const MetricValues& now = evidence.back().metrics;
  std::string out;
  if (evidence.size() > 1) {
    const EvidencePoint& before = evidence[evidence.size() - 2];
    const double seconds = static_cast<double>(evidence.back().time - before.time) / 1000;
    if (const auto cpu = rate_between(before.metrics, now, Metric::kCPU, seconds)) {
      append_part(out, fmt::format("cpu {:.0f}%", *cpu * 100));
    }
  }
  if (const auto threads = now.get(Metric::kTHREADS)) append_part(out, fmt::format("{:.0f} threads", *threads));
  append_bytes(out, "resident", now, Metric::kRESIDENT);
  append_bytes(out, "heap", now, Metric::kHEAP);
  append_bytes(out, "swapped", now, Metric::kSWAP);
  append_bytes(out, "limit", now, Metric::kMEMORY_LIMIT);
  return out.empty() ? out : "now: " + out;
}

std::string history_text(const Evidence& evidence) {
  const EvidencePoint& first = evidence.front();
  const EvidencePoint& last = evidence.back();
  const double seconds = static_cast<double>(last.time - first.time) / 1000;
  std::string out;
  if (const auto cpu = rate_between(first.metrics, last.metrics, Metric::kCPU, seconds)) {
    append_part(out, fmt::format("cpu {:.0f}%", *cpu * 100));
  }
  const auto change = [&](std::string_view name, Metric metric, auto&& format) {
    const auto before = first.metrics.get(metric);
    const auto now = last.metrics.get(metric);
    if (before && now) append_part(out, fmt::format("{} {} -> {}", name, format(*before), format(*now)));
  };
  change("threads", Metric::kTHREADS, [](double value) { return fmt::format("{:.0f}", value); });
  change("resident", Metric::kRESIDENT, format_bytes);
  change("heap", Metric::kHEAP, format_bytes);
  if (const auto faults = rate_between(first.metrics, last.metrics, Metric::kMAJOR_FAULTS, seconds);
      faults && *faults >= 0.5) {
    append_part(out, fmt::format("{}/s major faults", format_count(*faults)));
  }
  return out.empty() ? out : fmt::format("last {}: {}", format_duration(seconds), out);
}

}  // namespace

std::string format_time(Timestamp time) {
  const std::time_t seconds = static_cast<std::time_t>(time >= 0 ? time / 1000 : (time - 999) / 1000);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> buffer{};
  const std::size_t length = std::strftime(buffer.data(), buffer.size(), "%m-%d %H:%M:%S", &local);
  return {buffer.data(), length};
}

std::string format_duration(double seconds) {
  if (seconds < 9.995) return fmt::format("{:.2f}s", seconds);
  if (seconds < 59.95) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  return fmt::format("{}d{:02}h", whole / 86400, whole / 3600 % 24);
}

std::string format_bytes(double bytes) { return scaled(bytes, 1024, "BKMGTPE"); }

std::string format_count(double count) { return scaled(count, 1000, " kMGT"); }

std::string process_name(std::string_view comm, std::string_view pid) {
  return fmt::format("{}[{}]", comm.empty() ? "?" : harmless(comm), harmless(pid));
}

std::string process_name(std::string_view comm, std::int32_t pid) { return process_name(comm, std::to_string(pid)); }

std::string alert_subject(const Labels& labels) {
  if (labels.has("pid")) return process_name(labels.get("comm"), labels.get("pid"));
  if (labels.has("group")) return "group " + harmless(labels.get("group"));
  Labels rest = labels;
  for (const std::string_view name : {kNameLabel, std::string_view("alertname"), std::string_view("severity")}) {
    rest.erase(name);
  }
  return rest.empty() ? "" : harmless(rest.text());
}

std::string exit_text(const Exit& exit) {
  const int signal = exit.signal.value_or(0);
  if (signal == 0) return exit.code ? fmt::format("exited with {}", *exit.code) : "ended";
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("killed by SIG{} ({})", name, signal)
                         : fmt::format("killed by signal {}", signal);
}

std::string_view resolve_reason(std::string_view reason) {
  if (reason == "condition_ended") return "the condition ended";
  if (reason == "exited") return "the process ended";
  if (reason == "rule_removed") return "the rule was removed";
  return reason;
}

std::string evidence_text(const Evidence& evidence) {
  if (evidence.empty()) return {};
  std::string out = present_text(evidence);
  if (evidence.size() < 3) return out;  // between two points the present says it all
  const std::string history = history_text(evidence);
  if (!out.empty() && !history.empty()) out += '\n';
  return out + history;
}

std::optional<double> rate_between(const MetricValues& before, const MetricValues& now, Metric metric, double seconds) {
  if (!before.has(metric) || !now.has(metric) || seconds <= 0) return std::nullopt;
  const double increase = now.at(metric) - before.at(metric);
  return increase < 0 ? std::nullopt : std::optional(increase / seconds);
}

std::string wrap(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::size_t line_end = text.find('\n');
    std::string rest = harmless(text.substr(0, line_end));
    text.remove_prefix(line_end == std::string_view::npos ? text.size() : line_end + 1);
    while (!rest.empty()) {
      const std::size_t room = width - indent;
      std::size_t end = rest.size();
      if (end > room) {
        end = rest.rfind(' ', room);
        if (end == std::string::npos || end == 0) end = std::min(rest.find(' ', room), rest.size());
      }
      out.append(indent, ' ');
      out.append(rest, 0, end);
      out += '\n';
      const std::size_t next = rest.find_first_not_of(' ', end);
      rest.erase(0, next == std::string::npos ? rest.size() : next);
    }
  }
  return out;
}

}  // namespace pmon
