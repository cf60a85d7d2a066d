// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdint>
#include <ctime>

#include <fmt/format.h>

#include "notify/notification_parts.h"
#include "notify/syslog.h"
#include "notify/text.h"

namespace pmon::notify {
namespace {

// What every syslog daemon takes; rsyslog's and journald's own limits are higher.
constexpr std::size_t kLongestSyslog = 2048;
constexpr std::size_t kLongestField = std::size_t{64} * 1024;

struct Severity {
  std::string_view name;
  int priority;
};

constexpr std::array<Severity, 9> kSeverities = {{{"emergency", LOG_ALERT},
                                                  {"page", LOG_CRIT},
                                                  {"critical", LOG_CRIT},
                                                  {"error", LOG_ERR},
                                                  {"high", LOG_ERR},
                                                  {"warning", LOG_WARNING},
                                                  {"warn", LOG_WARNING},
                                                  {"info", LOG_INFO},
                                                  {"none", LOG_INFO}}};

// A value that holds a line break has its length in front: 64 bits, little-endian.
void add_field(std::string& out, std::string_view name, std::string_view value) {
  value = value.substr(0, kLongestField);
  out += name;
  if (value.find('\n') == std::string_view::npos) {
    out += '=';
  } else {
    out += '\n';
    for (int shift = 0; shift < 64; shift += 8) {
      out += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> static_cast<unsigned>(shift) & 0xffU);
    }
  }
  out += value;
  out += '\n';
}

// Upper case, as the journal wants its fields; at most 64 bytes.
std::string field_name(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x80 && std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return out.substr(0, 64);
}

}  // namespace

int syslog_priority(const AlertNotice& alert) {
  if (!is_firing(alert)) return LOG_NOTICE;
  const std::string_view severity = alert.labels.get("severity");
  for (const Severity& known : kSeverities) {
    if (severity == known.name) return known.priority;
  }
  return LOG_WARNING;
}

std::string syslog_message(const AlertNotice& alert, const SyslogOptions& options, Timestamp now) {
  const std::time_t seconds = now / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string text =
      fmt::format("<{}>{} {:2} {:02}:{:02}:{:02} {}[{}]: {}", options.facility | syslog_priority(alert),
                  kMonths[static_cast<std::size_t>(local.tm_mon)], local.tm_mday, local.tm_hour, local.tm_min,
                  local.tm_sec, options.tag, ::getpid(), options.text.text(alert, one_line));
  return clipped(text, kLongestSyslog);
}

std::string journal_message(const AlertNotice& alert, const SyslogOptions& options) {
  std::string out;
  add_field(out, "MESSAGE", options.text.text(alert, one_line));
  add_field(out, "PRIORITY", std::to_string(syslog_priority(alert)));
  add_field(out, "SYSLOG_FACILITY", std::to_string(LOG_FAC(static_cast<unsigned>(options.facility))));
  add_field(out, "SYSLOG_IDENTIFIER", options.tag);
  add_field(out, "PMON_ALERT", alert.labels.get("alertname"));
  add_field(out, "PMON_STATE", status_of(alert));
  add_field(out, "PMON_REASON", alert.reason);
  add_field(out, "PMON_VALUE", fmt::format("{}", alert.value));
  for (const auto& [name, value] : alert.labels) {
    if (name != "alertname") add_field(out, field_name("PMON_LABEL_", name), value);
  }
  for (const auto& [name, value] : alert.annotations) add_field(out, field_name("PMON_ANNOTATION_", name), value);
  return out;
}

}  // namespace pmon::notify
