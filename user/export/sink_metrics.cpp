// SPDX-License-Identifier: Apache-2.0
#include "export/sink_metrics.h"

#include <utility>

namespace pmon {

std::vector<exposition::Family> sink_families(std::span<const delivery::QueueStatus> sinks) {
  using exposition::Family;
  Family length{"pmon_sink_queue_length", "Items that wait to be sent to a sink", MetricKind::kGauge, {}};
  Family sent{"pmon_sink_sent_total", "Items that a sink took", MetricKind::kCounter, {}};
  Family dropped{"pmon_sink_dropped_total", "Items that were given up", MetricKind::kCounter, {}};
  Family retries{"pmon_sink_retries_total", "Attempts after the first", MetricKind::kCounter, {}};
  Family failing{"pmon_sink_failing", "1 while a sink takes nothing", MetricKind::kGauge, {}};
  Family success{"pmon_sink_last_success_timestamp_seconds", "When a sink took something last", MetricKind::kGauge, {}};
  for (const delivery::QueueStatus& sink : sinks) {
    const Labels labels{{"sink", sink.name}};
    length.samples.push_back({labels, static_cast<double>(sink.length)});
    sent.samples.push_back({labels, static_cast<double>(sink.sent)});
    retries.samples.push_back({labels, static_cast<double>(sink.retries)});
    failing.samples.push_back({labels, sink.failing_since ? 1.0 : 0.0});
    if (sink.last_success) success.samples.push_back({labels, static_cast<double>(*sink.last_success) / 1000});
    for (const auto& [reason, count] : sink.dropped) {
      dropped.samples.push_back({{{"sink", sink.name}, {"reason", reason}}, static_cast<double>(count)});
    }
  }
  std::vector<Family> families;
  for (Family* family : {&length, &sent, &dropped, &retries, &failing, &success})
    families.push_back(std::move(*family));
  return families;
}

}  // namespace pmon
