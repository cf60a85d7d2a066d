// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <set>
#include <string>
#include <vector>

#include "export/host_metrics.h"
#include "pmon/labels.h"
#include "pmon/metrics.h"

namespace pmon::monitor {

// One value of a group, named and labelled as it is exported.
struct GroupSample {
  std::string name;
  Labels labels;
  double value;
  MetricKind kind;
};

// The values of groups that rules read, by name; a tick with no such rule costs nothing.
class GroupSeries {
 public:
  // names: every metric that the rules select.
  explicit GroupSeries(const std::set<std::string>& names);

  [[nodiscard]] bool wanted() const { return processes_ || started_ || exited_ || totals_.any(); }
  void append(const GroupRow& group, std::vector<GroupSample>& out) const;

 private:
  bool processes_;
  bool started_;
  bool exited_;
  std::bitset<kMetricCount> totals_;
};

}  // namespace pmon::monitor
