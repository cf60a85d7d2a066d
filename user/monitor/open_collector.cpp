// SPDX-License-Identifier: Apache-2.0
#include "monitor/open_collector.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "collect/ebpf_collector.h"
#include "collect/proc_file.h"
#include "collect/proc_system.h"
#include "collect/procfs_collector.h"

namespace pmon::monitor {

namespace {

// Twice the host's threads leaves room for as many processes again; 256 bytes each. (sysinfo(2) has only 16 bits for
// their number.)
std::uint32_t enough_slots(std::uint32_t least) {
  auto proc = proc::Directory::open("/proc");
  std::string_view loadavg;
  if (!proc || proc->read("loadavg", loadavg) != proc::ReadStatus::kOk) return least;
  return std::max(least, 2U * proc::parse_thread_count(loadavg).value_or(0));
}

BpfSizes sizes_of(const WatchOptions& options) {
  BpfSizes sizes;
  sizes.ledger_slots = options.ledger_slots.value_or(enough_slots(sizes.ledger_slots));
  sizes.ring_bytes = options.ring_bytes.value_or(sizes.ring_bytes);
  return sizes;
}

// `why`: the kernel side is not used; empty where nobody asked for it. One notice tells of all that /proc does not.
Result<std::unique_ptr<Collector>> open_procfs(const WatchOptions& options, const std::string& why,
                                               std::vector<Notice>& notices) {
  ProcfsOptions procfs;
  if (names_pids_alone(options)) procfs.only = options.pids;
  auto opened = ProcfsCollector::open(std::move(procfs));
  if (!opened) return std::unexpected(std::move(opened.error()));
  std::string unseen;
  for (const Feature& feature : (*opened)->capabilities().features) {
    if (feature.mode != Feature::Mode::kFull) unseen += (unseen.empty() ? "" : ", ") + feature.name;
  }
  std::ranges::replace(unseen, '_', ' ');
  notices.push_back({Notice::Level::kWarning, "collector_procfs",
                     fmt::format("{}reading /proc, which does not tell all of: {}",
                                 why.empty() ? "" : fmt::format("the kernel side cannot be used: {}; ", why), unseen)});
  return std::move(*opened);
}

}  // namespace

bool names_pids_alone(const WatchOptions& options) {
  return !options.pids.empty() && !options.children && options.names.empty() && options.units.empty() &&
         options.cgroups.empty() && options.command.empty();
}

std::vector<Notice> feature_notices(const Capabilities& capabilities) {
  std::vector<Notice> notices;
  for (const Feature& feature : capabilities.features) {
    if (feature.mode == Feature::Mode::kFull) continue;
    notices.push_back({Notice::Level::kWarning, "feature_" + std::string(mode_name(feature.mode)),
                       fmt::format("{}: {}", feature.name, feature.reason)});
  }
  return notices;
}

Result<std::unique_ptr<Collector>> open_collector(const WatchOptions& options, std::vector<Notice>& notices) {
  if (options.collector == CollectorChoice::kProcfs) return open_procfs(options, "", notices);
  auto ebpf = EbpfCollector::open(sizes_of(options));
  if (!ebpf && options.collector == CollectorChoice::kAuto) return open_procfs(options, ebpf.error().text(), notices);
  if (!ebpf) return std::unexpected(std::move(ebpf.error()));
  std::ranges::move(feature_notices((*ebpf)->capabilities()), std::back_inserter(notices));
  return std::move(*ebpf);
}

}  // namespace pmon::monitor
