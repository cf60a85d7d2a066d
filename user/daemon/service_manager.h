// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pmon/snapshot.h"

namespace pmon::daemon {

// Who is told how the service does. This one is nobody, as inside another program.
class ServiceManager {
 public:
  virtual ~ServiceManager() = default;
  // Once everything has been opened and the first tick is over.
  virtual void ready(Timestamp /*interval_ms*/) const {}
  virtual void alive(const char* /*status*/) const {}
  virtual void reloading() const {}
  virtual void stopping() const {}
  virtual void interval_changed(Timestamp /*interval_ms*/) const {}
};

// systemd (sd_notify(3)); without it nothing happens. The watchdog's time is the unit's, and longer where the interval
// is long: three ticks may be late before the service is taken for hung.
class Systemd final : public ServiceManager {
 public:
  void ready(Timestamp interval_ms) const override;
  void alive(const char* status) const override;
  void reloading() const override;
  void stopping() const override;
  void interval_changed(Timestamp interval_ms) const override;
};

}  // namespace pmon::daemon
