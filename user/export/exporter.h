// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "delivery/queue.h"
#include "export/exposition.h"
#include "export/output.h"
#include "pmon/alert.h"
#include "pmon/snapshot.h"

namespace pmon {

// One place to which metrics or events of the host go, by its own queue. All calls come from the monitor's thread and
// return without waiting for anybody; times are of the clock on the wall, ms since the epoch.
class Exporter {
 public:
  virtual ~Exporter() = default;

  // Whether metrics() is wanted at all: the families are made only for somebody.
  [[nodiscard]] virtual bool wants_metrics() const { return false; }
  // Every series of this tick. Exporters that push reduce them over their window.
  virtual void metrics(Timestamp /*time*/, std::span<const exposition::Family> /*families*/) {}
  virtual void alert(const AlertNotice& /*notice*/, const Evidence& /*evidence*/) {}
  virtual void exit(Timestamp /*time*/, const ProcessSample& /*process*/) {}
  virtual void event(Timestamp /*time*/, const LifecycleEvent& /*event*/) {}
  virtual void notice(Timestamp /*time*/, const Notice& /*notice*/) {}
  // At the end of each tick.
  virtual void flush(Timestamp /*time*/) {}

  // What one leaves to the next of the same name, when settings change.
  struct Legacy {
    std::unique_ptr<delivery::Queue> queue;
    std::map<std::string, std::uint64_t> left_out;  // counted as dropped besides those of the queue, by reason
  };
  // The queue; for ExportSurroundings::succeeds.
  [[nodiscard]] virtual const delivery::Queue& queue() const = 0;
  // Instead of stop(), and nothing may be called after it: what has come so far is in the queue.
  [[nodiscard]] virtual Legacy retire(Timestamp time) = 0;
  // Once, where it was started for that.
  virtual void take_over(Legacy legacy) = 0;
  // At the end: what has come so far goes out, at most until the deadline.
  virtual void stop(Timestamp time, delivery::Deadline deadline) = 0;
  // Absent where there is no queue.
  [[nodiscard]] virtual std::optional<delivery::QueueStatus> status() const = 0;
};

}  // namespace pmon
