// SPDX-License-Identifier: Apache-2.0
#include "cli/watch_words.h"

#include <algorithm>
#include <bit>
#include <limits>

#include <CLI/CLI.hpp>

#include "cli/parse.h"

namespace pmon::cli {

namespace {

constexpr Timestamp kShortestInterval = 100;
constexpr Timestamp kLongestInterval = 3'600'000;
constexpr Timestamp kLongestDuration = 10'000 * Timestamp{86'400'000};
constexpr std::int32_t kHighestPid = 4'194'304;  // PID_MAX_LIMIT, include/linux/threads.h
constexpr std::uint32_t kMostSlots = 1U << 22;   // one for every pid that there can be
constexpr std::uint32_t kSmallestRing = 4096;
constexpr std::uint32_t kLargestRing = 1U << 28;

// Words as written; numbers and durations are read afterwards so that every error has one form.
struct Raw {
  std::vector<std::string> pids;
  std::string interval = "1s";
  std::optional<std::string> duration;
  std::optional<std::string> textfile;
  std::string output = "text";
  std::string collector = "auto";
  std::optional<std::string> max_series;
  std::optional<std::string> ledger_slots;
  std::optional<std::string> ring_bytes;
  bool no_children = false;
  bool no_default_rules = false;
};

// The type's name already tells the words, so the check adds nothing to the help.
CLI::Validator one_of(std::vector<std::string> words) { return CLI::IsMember(std::move(words)).description(""); }

void declare_targets(CLI::App& app, WatchWords& words, Raw& raw) {
  const std::string group = "Targets (at least one; they add up)";
  app.add_option("--pid", raw.pids, "Processes by number")->delimiter(',')->type_name("N")->group(group);
  app.add_option("--name", words.options.names, "Processes whose name matches, now or later")
      ->allow_extra_args(false)
      ->type_name("REGEX")
      ->group(group);
  app.add_option("--unit", words.options.units, "Processes of a systemd unit")
      ->allow_extra_args(false)
      ->type_name("UNIT")
      ->group(group);
  app.add_option("--cgroup", words.options.cgroups, "Processes of a cgroup and those below it")
      ->allow_extra_args(false)
      ->type_name("PATH")
      ->group(group);
  app.add_flag("--no-children", raw.no_children, "Leave out the descendants of targets")->group(group);
  app.add_flag("--wait", words.options.wait, "Wait for targets that are not there yet")->group(group);
}

void declare_rules(CLI::App& app, WatchWords& words, Raw& raw) {
  const std::string group = "Rules";
  app.add_option("--rules", words.options.rule_files, "Rules in Prometheus's format; repeatable")
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--no-default-rules", raw.no_default_rules, "Only the rules of --rules")->group(group);
  app.add_flag("--fail-on-alert", words.fail_on_alert, "Exit with 10 when anything fired")->group(group);
}

void declare_output(CLI::App& app, WatchWords& words, Raw& raw) {
  const std::string group = "Output";
  app.add_option("--output", raw.output, "How to tell (text)")
      ->check(one_of({"text", "json"}))
      ->type_name("text|json")
      ->group(group);
  app.add_flag("--samples", words.options.samples, "Print a line per target and tick, too")->group(group);
  app.add_option("--textfile", raw.textfile, "Write all metrics for node_exporter's textfile collector")
      ->type_name("PATH.prom")
      ->group(group);
  app.add_option("--max-series", raw.max_series, "Other processes with series of their own (200)")
      ->type_name("N")
      ->group(group);
  app.add_option("--log-level", words.log_level, "What pmon tells of itself on stderr (warn)")
      ->check(one_of({"trace", "debug", "info", "warn", "error", "off"}))
      ->type_name("LEVEL")
      ->group(group);
}

void declare_collection(CLI::App& app, Raw& raw) {
  const std::string group = "Collection";
  app.add_option("--interval", raw.interval, "How often to look, 100ms to 1h (1s)")->type_name("TIME")->group(group);
  app.add_option("--duration", raw.duration, "End after this time")->type_name("TIME")->group(group);
  app.add_option("--collector", raw.collector, "Where numbers come from (auto)")
      ->check(one_of({"auto", "ebpf", "procfs"}))
      ->type_name("auto|ebpf|procfs")
      ->group(group);
  app.add_option("--ledger-slots", raw.ledger_slots, "Processes that the kernel side has room for")
      ->type_name("N")
      ->group(group);
  app.add_option("--ring-bytes", raw.ring_bytes, "Size of the kernel's event buffer, a power of two")
      ->type_name("N")
      ->group(group);
}

Result<void> read_pids(const std::vector<std::string>& words, std::vector<std::int32_t>& pids) {
  for (const std::string& word : words) {
    const auto pid = parse_number<std::int32_t>("--pid", word, 1, kHighestPid);
    if (!pid) return std::unexpected(pid.error());
    if (std::find(pids.begin(), pids.end(), *pid) == pids.end()) pids.push_back(*pid);
  }
  return {};
}

Result<void> read_times(const Raw& raw, monitor::WatchOptions& options) {
  const auto interval = parse_duration("--interval", raw.interval, kShortestInterval, kLongestInterval);
  if (!interval) return std::unexpected(interval.error());
  options.interval_ms = *interval;
  if (!raw.duration) return {};
  const auto duration = parse_duration("--duration", *raw.duration, 1, kLongestDuration);
  if (!duration) return std::unexpected(duration.error());
  options.duration_ms = *duration;
  return {};
}

Result<void> read_sizes(const Raw& raw, monitor::WatchOptions& options) {
  if (raw.max_series) {
    const auto series = parse_number<std::size_t>("--max-series", *raw.max_series, 0, kHighestPid);
    if (!series) return std::unexpected(series.error());
    options.max_series = *series;
  }
  if (raw.ledger_slots) {
    const auto slots = parse_number<std::uint32_t>("--ledger-slots", *raw.ledger_slots, 2, kMostSlots);
    if (!slots) return std::unexpected(slots.error());
    options.ledger_slots = *slots;
  }
  if (raw.ring_bytes) {
    const auto bytes = parse_number<std::uint32_t>("--ring-bytes", *raw.ring_bytes, kSmallestRing, kLargestRing);
    if (!bytes) return std::unexpected(bytes.error());
    if (!std::has_single_bit(*bytes)) {
      return fail(ErrorKind::kUsage, fmt::format("--ring-bytes: {} is not a power of two", *bytes),
                  fmt::format("write {} or {}", std::bit_floor(*bytes), std::bit_ceil(*bytes)));
    }
    options.ring_bytes = *bytes;
  }
  return {};
}

Result<void> require_target(const monitor::WatchOptions& options) {
  if (!options.pids.empty() || !options.names.empty() || !options.units.empty() || !options.cgroups.empty() ||
      !options.command.empty()) {
    return {};
  }
  return fail(ErrorKind::kUsage, "nothing to watch", "give --pid, --name, --unit, --cgroup, or a command after '--'");
}

Result<void> finish(const Raw& raw, WatchWords& words) {
  monitor::WatchOptions& options = words.options;
  if (const auto done = read_pids(raw.pids, options.pids); !done) return done;
  if (const auto done = read_times(raw, options); !done) return done;
  if (const auto done = read_sizes(raw, options); !done) return done;
  options.children = !raw.no_children;
  options.default_rules = !raw.no_default_rules;
  options.textfile = raw.textfile;
  options.collector = raw.collector == "ebpf"     ? monitor::CollectorChoice::kEbpf
                      : raw.collector == "procfs" ? monitor::CollectorChoice::kProcfs
                                                  : monitor::CollectorChoice::kAuto;
  words.json = raw.output == "json";
  return require_target(options);
}

}  // namespace

Result<std::optional<WatchWords>> parse_watch(const Words& words) {
  WatchWords result;
  Raw raw;
  CLI::App app("Follows processes and their descendants and tells when one misbehaves.", "pmon watch");
  app.get_formatter()->label("OPTIONS", "OPTION...] [-- CMD ARG...");  // the usage line puts it in brackets
  declare_targets(app, result, raw);
  declare_rules(app, result, raw);
  declare_output(app, result, raw);
  declare_collection(app, raw);
  app.footer(
      "Ends when all targets have ended, after --duration, or on Ctrl-C.\n"
      "Exit status: 0 ended as asked, 1 failed while running, 2 bad words or files,\n"
      "3 not permitted or not supported here, 10 an alert fired (--fail-on-alert).\n\n"
      "Examples:\n"
      "  pmon watch --pid $(pidof redis-server)\n"
      "  pmon watch --unit nginx --samples --interval 500ms\n"
      "  pmon watch --duration 10m --fail-on-alert -- ./load-test --users 100");
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    result.options.command.assign(dashes + 1, words.end());
    if (result.options.command.empty())
      return fail(ErrorKind::kUsage, "no command after '--'", "see 'pmon watch --help'");
  }
  const auto parsed = parse(app, {words.begin(), dashes});
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return std::nullopt;
  if (const auto done = finish(raw, result); !done) {
    Error error = done.error();
    if (error.remedy.empty()) error.remedy = "see 'pmon watch --help'";
    return std::unexpected(error);
  }
  return result;
}

}  // namespace pmon::cli
