// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pmon/metrics.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon {

// The clocks at which a collection happens, read once by the caller.
struct Tick {
  Timestamp now = 0;              // ms since the Unix epoch; never goes back, whatever is done to the clock
  std::uint64_t boottime_ns = 0;  // CLOCK_BOOTTIME
  Timestamp wall = 0;             // what the clock on the wall says, for people to read
};

// A part of a collector that may be there, be there in part, or be missing: a row of pmon_feature{name,mode,reason}.
struct Feature {
  enum class Mode : std::uint8_t { kFull, kDegraded, kMissing };
  std::string name;  // "exit_status", "fault_regions"
  Mode mode = Mode::kFull;
  std::string reason;  // why it is not full, with the remedy where there is one; empty when it is
};

// "full", "degraded", "missing".
[[nodiscard]] std::string_view mode_name(Feature::Mode mode);

// What a collector can measure. Values may still be absent from a single process: kernel memory that
// cannot be read, a process that ended before it was looked at.
struct Capabilities {
  std::bitset<kMetricCount> metrics;
  std::array<std::string, kMetricCount> reasons;  // per metric that is not in `metrics`: why
  std::vector<Feature> features;

  void add(Metric metric) {
    metrics.set(static_cast<std::size_t>(metric));
    reasons[static_cast<std::size_t>(metric)].clear();
  }
  void remove(Metric metric, std::string reason) {
    metrics.reset(static_cast<std::size_t>(metric));
    reasons[static_cast<std::size_t>(metric)] = std::move(reason);
  }
  [[nodiscard]] bool has(Metric metric) const { return metrics.test(static_cast<std::size_t>(metric)); }
  // "" where the metric can be measured.
  [[nodiscard]] const std::string& why_missing(Metric metric) const {
    return reasons[static_cast<std::size_t>(metric)];
  }
};

// A process to watch more closely; slot as in its ProcessSample.
struct WatchedProcess {
  ProcessKey key;
  std::uint32_t slot = 0;
};

// Where samples come from: the kernel's ledger, /proc, a recording or a test. Made by a factory of
// each kind; used by one thread at a time.
class Collector {
 public:
  virtual ~Collector() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;  // "ebpf", "procfs"
  // Known when the factory returns; may shrink while running, with a notice in that tick's snapshot.
  [[nodiscard]] virtual const Capabilities& capabilities() const = 0;

  // Fills `out` (cleared first, its memory reused) with every living process, once, and with those
  // that ended since the last call, once, marked by `exit`. The first call finds what is there:
  // nothing of it is `born`. An error means that this tick saw nothing; the next may succeed.
  [[nodiscard]] virtual Result<void> collect(const Tick& tick, Snapshot& out) = 0;

  // Readable when the collector should be serviced before the next tick (its buffers fill up); -1: never.
  [[nodiscard]] virtual int wake_fd() const { return -1; }
  // Empties those buffers into memory; what it finds belongs to the next collect().
  virtual void service() {}

  // How full its table of processes is, by state, as of the last collect(); empty where it has none.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::uint64_t>> slots() const { return {}; }

  // The processes whose fault regions are counted from now on, in place of those told before; children
  // born later are counted as soon as they are born. Collectors without that feature ignore it.
  virtual void watch(std::span<const WatchedProcess> /*targets*/) {}

  // Whether to measure what costs the most and can be done without, for a monitor that must cost less: with false the
  // regions of faults and mapped bytes are absent from then on. Collectors without such parts ignore it.
  virtual void set_detail(bool /*detail*/) {}

  // Whether a tick's reading is permitted now, for whoever is about to give up privileges; reads nothing.
  [[nodiscard]] virtual Result<void> try_reading() const { return {}; }

 protected:
  Collector() = default;
  Collector(const Collector&) = default;
  Collector& operator=(const Collector&) = default;
};

}  // namespace pmon
