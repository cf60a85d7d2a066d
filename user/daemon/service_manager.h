// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pmon/snapshot.h"

namespace pmon::daemon {

// Tells systemd how the service does (sd_notify(3)); without systemd nothing happens. The watchdog's time follows the
// interval: three ticks may be late before the service is taken for hung.
class ServiceManager {
 public:
  // Once everything has been opened and the first tick is over.
  void ready(Timestamp interval_ms) const;
  void alive(const char* status) const;
  void reloading() const;
  void stopping() const;
  void interval_changed(Timestamp interval_ms) const;
};

}  // namespace pmon::daemon
