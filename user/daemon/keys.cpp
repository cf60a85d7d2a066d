// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "daemon/settings.h"

namespace pmon::daemon {
namespace {

using config::YamlReader;
using YAML::Node;

constexpr Timestamp kShortestInterval = 100;
constexpr Timestamp kLongestInterval = 3'600'000;
constexpr std::int64_t kMostSeries = 4'194'304;  // one process for every pid that there can be
constexpr std::array<std::string_view, 3> kCollectors = {"auto", "ebpf", "procfs"};
constexpr std::array<std::string_view, 2> kOutputs = {"text", "json"};

// A list, or one text with commas, as the environment has it.
std::vector<std::string> texts(YamlReader& yaml, const Node& node, std::string_view key) {
  std::vector<std::string> list;
  if (node.IsSequence()) {
    yaml.each_item(node, key, [&](const Node& item) { list.push_back(yaml.expanded(item, key)); });
    return list;
  }
  const std::string text = yaml.expanded(node, key);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) list.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

void read_interval(YamlReader& yaml, const Node& node, std::string_view key, Settings& settings) {
  const Timestamp ms = yaml.duration(node, key, false);
  if (ms == 0) return;
  if (ms < kShortestInterval || ms > kLongestInterval) yaml.error(node, fmt::format("'{}': 100ms to 1h", key));
  settings.interval_ms = ms;
}

// "5%" of the host or "0.1" cores.
void read_cpu(YamlReader& yaml, const Node& node, std::string_view key, Settings& settings) {
  const std::string text = yaml.text(node, key);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number <= 0 || number > 1024) {
    return yaml.error(node,
                      fmt::format("'{}': not a number of cores: '{}' (write 0.1 for a tenth of a core)", key, text));
  }
  settings.cpu_cores = number;
}

void read_slots(YamlReader& yaml, const Node& node, std::string_view key, Settings& settings) {
  settings.ledger_slots = static_cast<std::uint32_t>(yaml.integer(node, key, 2, 1 << 22));
}

void read_ring(YamlReader& yaml, const Node& node, std::string_view key, Settings& settings) {
  const std::uint64_t bytes = yaml.bytes(node, key);
  if (bytes < 4096 || bytes > 1U << 28 || !std::has_single_bit(bytes)) {
    return yaml.error(node, fmt::format("'{}': a power of two from 4KiB to 256MiB", key));
  }
  settings.ring_bytes = static_cast<std::uint32_t>(bytes);
}

void read_listen(YamlReader& yaml, const Node& node, std::string_view key, Settings& settings) {
  settings.listen = texts(yaml, node, key);
  if (settings.listen == std::vector<std::string>{"off"}) settings.listen.clear();
}

void read_memory(YamlReader& yaml, const Node& node, std::string_view key, Settings& settings) {
  settings.memory_bytes = yaml.bytes(node, key);
  if (settings.memory_bytes < 16'000'000) yaml.error(node, fmt::format("'{}': at least 16MB", key));
}

constexpr auto kKeys = std::to_array<Key>({
    {"", "state", "folder", "/var/lib/pmon", "Alerts, silences and spools are kept there; \"\": nothing is remembered",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.state = y.expanded(n, k); }},
    {"", "lock", "file", "/run/pmon.lock", "Held while running, so that a host has one daemon",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.lock = y.expanded(n, k); }},
    {"", "output", "text or json", "text", "The form of what goes to stdout",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.json = y.one_of(n, k, kOutputs) == 1; }},
    {"collect", "interval", "duration", "1s", "How often to look, 100ms to 1h", read_interval},
    {"collect", "collector", "auto, ebpf or procfs", "auto", "Where numbers come from",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) {
       s.collector = static_cast<monitor::CollectorChoice>(y.one_of(n, k, kCollectors));
     }},
    {"collect", "names", "list of regular expressions", "[]", "Programs that should be running: `pmon_process_up`",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.names = texts(y, n, k); }},
    {"collect", "units", "list of systemd units", "[]", "Units that should be running, likewise",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.units = texts(y, n, k); }},
    {"collect", "cgroups", "list of paths", "[]", "Control groups that should have processes, likewise",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.cgroups = texts(y, n, k); }},
    {"collect", "max_series", "number", "200",
     "Processes with series of their own, besides those above and those with an alert; all others are summed",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) {
       s.max_series = static_cast<std::size_t>(y.integer(n, k, 0, kMostSeries));
     }},
    {"collect", "ledger_slots", "number", "16384", "Processes that the kernel side has room for", read_slots},
    {"collect", "ring_bytes", "size", "256KiB", "The kernel's event buffer, a power of two", read_ring},
    {"rules", "defaults", "true or false", "true", "Whether the default rules are in force",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.default_rules = y.flag(n, k); }},
    {"rules", "files", "list of files", "[]", "Rule files in Prometheus's format; `*` and `?` match",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.rule_files = texts(y, n, k); }},
    {"http", "listen", "list of addresses", "127.0.0.1:9777", "Where the HTTP server listens; `off`: nowhere",
     read_listen},
    {"http", "metrics", "true or false", "true", "Whether `/metrics` is served",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.http_metrics = y.flag(n, k); }},
    {"http", "enable_reload", "true or false", "false", "Whether `POST /-/reload` reloads",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.http_reload = y.flag(n, k); }},
    {"http", "web_config_file", "file", "\"\"", "TLS and passwords: Prometheus's web configuration file",
     [](YamlReader& y, const Node& n, std::string_view k, Settings& s) { s.web_config_file = y.expanded(n, k); }},
    {"limits", "cpu", "cores", "0.01 × cores, at most 0.1", "What pmon may use of the CPU, on average", read_cpu},
    {"limits", "memory", "size", "128MB", "What pmon may have resident", read_memory},
});

}  // namespace

std::span<const Key> keys() { return kKeys; }

std::string environment_name(const Key& key) {
  std::string name = fmt::format("PMON_{}{}{}", key.section, key.section.empty() ? "" : "_", key.name);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

std::string keys_markdown() {
  std::string out = "| key | form | default | environment | meaning |\n|---|---|---|---|---|\n";
  for (const Key& key : kKeys) {
    out += fmt::format("| `{}{}{}` | {} | {} | `{}` | {} |\n", key.section, key.section.empty() ? "" : ".", key.name,
                       key.form, key.standard, environment_name(key), key.help);
  }
  return out;
}

}  // namespace pmon::daemon
