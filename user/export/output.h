// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pmon/alert.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon {

// What a process looked like at one tick; kept as the evidence behind an alert.
struct EvidencePoint {
  Timestamp time = 0;
  MetricValues metrics;
};

// The recent past of the alerting process, oldest first; the last point is the present. Empty where
// the alert is about no single process.
using Evidence = std::vector<EvidencePoint>;

// The one line that a terminal shows of the present. Absent values are shown as "-".
struct WatchStatus {
  double elapsed_seconds = 0;
  std::size_t targets = 0;          // alive, descendants included
  std::size_t waiting = 0;          // declared targets that are not there
  std::optional<double> cpu_cores;  // CPU seconds per second, all targets
  std::optional<double> threads;
  std::optional<double> resident_bytes;
  std::size_t alerts_firing = 0;
};

// What a whole `pmon watch` came to.
struct WatchSummary {
  Timestamp time = 0;
  double elapsed_seconds = 0;
  std::uint64_t ticks = 0;
  std::uint64_t processes_seen = 0;
  std::uint64_t exits_seen = 0;
  std::uint64_t alerts_fired = 0;                                     // firing notices, repeats not counted
  std::vector<std::pair<std::string, std::uint64_t>> alerts_by_name;  // alertname, how often it fired; sorted
  std::vector<Loss> losses;
  std::optional<double> own_cpu_seconds;
  std::optional<double> own_start_cpu_seconds;  // of them, until the first tick had ended
  std::optional<double> own_peak_rss_bytes;
};

// Where `pmon watch` shows what happens. Calls are buffered until flush(); the monitor calls it once
// per tick. One thread. `time` is in ms since the epoch.
class Output {
 public:
  // Whether anybody still reads what is written.
  enum class Reader { kListening, kGone };

  virtual ~Output() = default;
  virtual void alert(const AlertNotice& notice, const Evidence& evidence) = 0;
  // interval_seconds: since the sample before; absent at the first.
  virtual void sample(Timestamp time, const ProcessSample& process, std::optional<double> interval_seconds) = 0;
  // process.exit is set and its metrics are the final ones.
  virtual void exit(Timestamp time, const ProcessSample& process) = 0;
  virtual void event(Timestamp time, const LifecycleEvent& event) = 0;
  virtual void notice(Timestamp time, const Notice& notice) = 0;
  virtual void status(const WatchStatus& status) = 0;
  virtual void summary(const WatchSummary& summary) = 0;
  // Writes what has come since the last call. kGone (the pipe's reader closed it): stop quietly.
  // Errors: everything else that write(2) can say, "no space left" included.
  [[nodiscard]] virtual Result<Reader> flush() = 0;
  // Lines that found no room because the reader was too slow, since the last call; once it reads again.
  [[nodiscard]] virtual std::uint64_t take_lost_lines() { return 0; }
};

}  // namespace pmon
