// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pmon/monitor.h"

// What the functions of pmon/pmon.h set.
struct pmon_options {
  pmon::MonitorOptions options;
  bool incomplete = false;  // memory was short: pmon_start() refuses them
};
