// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/queue.h"
#include "export/exposition.h"
#include "pmon/alert.h"
#include "pmon/metrics.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "promql/promql.h"

namespace pmon::http {

// How the monitor does; times are of the clock on the wall, ms since the epoch.
struct Health {
  bool alive = true;  // false: it was stopped, inside a program that goes on
  std::string version;
  Timestamp now = 0;
  Timestamp started_at = 0;
  Timestamp interval_ms = 0;
  std::string collector;                     // "ebpf"
  std::optional<Timestamp> last_collection;  // absent before the first
  std::optional<double> age_seconds;         // of the last collection
  bool stale = false;                        // older than it may be: 503
  bool ready = false;                        // the first tick is over
  std::string level;                         // of degradation: "full"
  std::vector<delivery::QueueStatus> sinks;
};

struct ActiveAlertView {
  bool firing = false;  // else pending
  Labels labels;
  Labels annotations;
  double value = 0;
  Timestamp active_since = 0;
};

struct ProcessView {
  ProcessSample sample;             // totals and levels
  std::optional<double> cpu_cores;  // over the last interval
  std::optional<double> faults_per_second;
  std::string group;
};

enum class ProcessOrder : std::uint8_t { kCpu, kMemory, kThreads, kFaults, kPid };

// "cpu", "memory", "threads", "faults", "pid".
[[nodiscard]] std::optional<ProcessOrder> process_order_of(std::string_view word);

struct ProcessQuery {
  ProcessOrder order = ProcessOrder::kCpu;
  std::size_t limit = 20;
};

struct RangeQuery {
  Timestamp start = 0;
  Timestamp end = 0;
  Timestamp step = 0;
};

// What a server shows of a monitor. Called from the server's threads. Everything but health() is answered by the
// monitor's own thread between two ticks; where that does not answer in time, that is an error (kFailed).
class Host {
 public:
  virtual ~Host() = default;
  // At once, whatever the monitor does.
  [[nodiscard]] virtual Health health() const = 0;
  [[nodiscard]] virtual Result<std::vector<exposition::Family>> families() = 0;
  [[nodiscard]] virtual Result<std::vector<ActiveAlertView>> alerts() = 0;
  // The first of all processes in the order asked for, largest first (kPid: smallest).
  [[nodiscard]] virtual Result<std::vector<ProcessView>> processes(const ProcessQuery& query) = 0;
  // Absent time: now. Errors of the expression are kUsage.
  [[nodiscard]] virtual Result<promql::Value> query(const promql::Expr& expr, std::optional<Timestamp> time) = 0;
  [[nodiscard]] virtual Result<promql::Matrix> query_range(const promql::Expr& expr, const RangeQuery& range) = 0;
  // Every label set that some sample of the last five minutes has and a selector means. An expression that is no series
  // selector is kUsage.
  [[nodiscard]] virtual Result<std::vector<Labels>> series(const std::vector<promql::Expr>& selectors) = 0;
  // The configuration in force as YAML, without its secrets.
  [[nodiscard]] virtual Result<std::string> configuration() = 0;
  // Reads the configuration again; an error leaves what is in force.
  [[nodiscard]] virtual Result<void> reload() = 0;
};

}  // namespace pmon::http
