// SPDX-License-Identifier: Apache-2.0
#include "monitor/open_collector.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "collect/ebpf_collector.h"
#include "collect/procfs_collector.h"

namespace pmon::monitor {

namespace {

// Twice the host's threads leaves room for as many processes again; 256 bytes each.
std::uint32_t enough_slots(std::uint32_t least) {
  struct sysinfo host {};
  if (::sysinfo(&host) != 0) return least;
  return std::max(least, 2U * host.procs);
}

BpfSizes sizes_of(const WatchOptions& options) {
  BpfSizes sizes;
  sizes.ledger_slots = options.ledger_slots.value_or(enough_slots(sizes.ledger_slots));
  sizes.ring_bytes = options.ring_bytes.value_or(sizes.ring_bytes);
  return sizes;
}

template <typename C>
Result<std::unique_ptr<Collector>> as_collector(Result<std::unique_ptr<C>> opened, std::vector<Notice>& notices) {
  if (!opened) return std::unexpected(std::move(opened.error()));
  std::ranges::move(feature_notices((*opened)->capabilities()), std::back_inserter(notices));
  return std::move(*opened);
}

}  // namespace

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
  if (options.collector == CollectorChoice::kProcfs) return as_collector(ProcfsCollector::open(), notices);
  auto ebpf = EbpfCollector::open(sizes_of(options));
  if (ebpf || options.collector == CollectorChoice::kEbpf) return as_collector(std::move(ebpf), notices);
  notices.push_back({Notice::Level::kWarning, "collector_procfs",
                     "the kernel's ledger is not available, reading /proc instead; what lives shorter than the "
                     "interval is not seen: " +
                         ebpf.error().text()});
  return as_collector(ProcfsCollector::open(), notices);
}

}  // namespace pmon::monitor
