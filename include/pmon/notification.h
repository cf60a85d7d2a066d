// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pmon/alert.h"
#include "pmon/labels.h"

namespace pmon {

// What one receiver is told at once: the alerts of one group, as Alertmanager groups them.
struct Notification {
  std::string receiver;
  std::string group_key;  // names the group for good, across restarts too: what a receiver may thread messages by
  Labels group_labels;
  Labels common_labels;             // of all its alerts
  Labels common_annotations;        // of all its alerts
  std::vector<AlertNotice> alerts;  // resolved ones first; never empty
};

}  // namespace pmon
