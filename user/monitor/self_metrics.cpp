// SPDX-License-Identifier: Apache-2.0
#include "monitor/self_metrics.h"

#include "pmon/version.h"

namespace pmon::monitor {

SelfMetrics self_metrics(const Collector& collector, const SelfUsage& usage) {
  SelfMetrics self;
  self.version = kVersion;
  self.cpu_seconds = usage.cpu_seconds;
  self.resident_bytes = usage.resident_bytes;
  self.ledger_slots = collector.slots();
  for (const Feature& feature : collector.capabilities().features) {
    self.features.push_back({feature.name, std::string(mode_name(feature.mode)), feature.reason});
  }
  return self;
}

}  // namespace pmon::monitor
