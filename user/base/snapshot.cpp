// SPDX-License-Identifier: Apache-2.0
#include "pmon/snapshot.h"

namespace pmon {

void Snapshot::clear() {
  time = 0;
  processes.clear();
  events.clear();
  losses.clear();
  notices.clear();
}

}  // namespace pmon
