// SPDX-License-Identifier: Apache-2.0
#include "cli/following_words.h"

#include <algorithm>
#include <bit>

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

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) { return CLI::IsMember(std::move(words)).description(""); }

bool names_targets(const monitor::WatchOptions& options) {
  return !options.pids.empty() || !options.names.empty() || !options.units.empty() || !options.cgroups.empty() ||
         !options.command.empty();
}

void FollowingWords::declare_targets(CLI::App& app, const std::string& title) {
  app.add_option("--pid", pids_, "Processes by number")->delimiter(',')->type_name("N")->group(title);
  app.add_option("--name", names_, "Processes whose name matches, now or later")
      ->allow_extra_args(false)
      ->type_name("REGEX")
      ->group(title);
  app.add_option("--unit", units_, "Processes of a systemd unit")
      ->allow_extra_args(false)
      ->type_name("UNIT")
      ->group(title);
  app.add_option("--cgroup", cgroups_, "Processes of a cgroup and those below it")
      ->allow_extra_args(false)
      ->type_name("PATH")
      ->group(title);
  app.add_flag("--no-children", no_children_, "Leave out the descendants of targets")->group(title);
  app.add_flag("--wait", wait_, "Wait for targets that are not there yet")->group(title);
}

void FollowingWords::declare_collection(CLI::App& app) {
  const std::string group = "Collection";
  app.add_option("--interval", interval_, "How often to look, 100ms to 1h (1s)")->type_name("TIME")->group(group);
  app.add_option("--duration", duration_, "End after this time")->type_name("TIME")->group(group);
  app.add_option("--collector", collector_, "Where numbers come from (auto)")
      ->check(one_of({"auto", "ebpf", "procfs"}))
      ->type_name("auto|ebpf|procfs")
      ->group(group);
  app.add_option("--ledger-slots", ledger_slots_, "Processes that the kernel side has room for")
      ->type_name("N")
      ->group(group);
  app.add_option("--ring-bytes", ring_bytes_, "Size of the kernel's event buffer, a power of two")
      ->type_name("N")
      ->group(group);
}

Result<Words> FollowingWords::take_command(const Words& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) return words;
  command_.assign(dashes + 1, words.end());
  if (command_.empty()) return fail(ErrorKind::kUsage, "no command after '--'");
  return Words(words.begin(), dashes);
}

Result<void> FollowingWords::read_pids(std::vector<std::int32_t>& pids) const {
  for (const std::string& word : pids_) {
    if (word.empty() || word.starts_with("--")) {
      return fail(ErrorKind::kUsage, "--pid has no number", "is the program running that pidof or pgrep looked for?");
    }
    const auto pid = parse_number<std::int32_t>("--pid", word, 1, kHighestPid);
    if (!pid) return std::unexpected(pid.error());
    if (std::find(pids.begin(), pids.end(), *pid) == pids.end()) pids.push_back(*pid);
  }
  return {};
}

Result<void> FollowingWords::read_times(monitor::WatchOptions& options) const {
  const auto interval = parse_duration("--interval", interval_, kShortestInterval, kLongestInterval);
  if (!interval) return std::unexpected(interval.error());
  options.interval_ms = *interval;
  if (!duration_) return {};
  const auto duration = parse_duration("--duration", *duration_, 1, kLongestDuration);
  if (!duration) return std::unexpected(duration.error());
  options.duration_ms = *duration;
  return {};
}

Result<void> FollowingWords::read_sizes(monitor::WatchOptions& options) const {
  if (ledger_slots_) {
    const auto slots = parse_number<std::uint32_t>("--ledger-slots", *ledger_slots_, 2, kMostSlots);
    if (!slots) return std::unexpected(slots.error());
    options.ledger_slots = *slots;
  }
  if (!ring_bytes_) return {};
  const auto bytes = parse_number<std::uint32_t>("--ring-bytes", *ring_bytes_, kSmallestRing, kLargestRing);
  if (!bytes) return std::unexpected(bytes.error());
  if (!std::has_single_bit(*bytes)) {
    return fail(ErrorKind::kUsage, fmt::format("--ring-bytes: {} is not a power of two", *bytes),
                fmt::format("write {} or {}", std::bit_floor(*bytes), std::bit_ceil(*bytes)));
  }
  options.ring_bytes = *bytes;
  return {};
}

Result<void> FollowingWords::read(monitor::WatchOptions& options) const {
  options.names = names_;
  options.units = units_;
  options.cgroups = cgroups_;
  options.command = command_;
  options.children = !no_children_;
  options.wait = wait_;
  options.collector = collector_ == "ebpf"     ? monitor::CollectorChoice::kEbpf
                      : collector_ == "procfs" ? monitor::CollectorChoice::kProcfs
                                               : monitor::CollectorChoice::kAuto;
  if (const auto done = read_pids(options.pids); !done) return done;
  if (const auto done = read_times(options); !done) return done;
  return read_sizes(options);
}

}  // namespace pmon::cli
