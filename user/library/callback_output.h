// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "export/output.h"
#include "http/host.h"
#include "pmon/monitor.h"

namespace pmon::library {

[[nodiscard]] MonitorAlert to_alert(const AlertNotice& notice, const Evidence& evidence);
[[nodiscard]] MonitorAlert to_alert(const http::ActiveAlertView& view, Timestamp now);

// Tells a program's callbacks; either may be empty. One thread.
class CallbackOutput final : public Output {
 public:
  using OnAlert = std::function<void(const MonitorAlert&)>;
  using OnNotice = std::function<void(const MonitorNotice&)>;
  // Told in words that a callback has thrown: each time for alerts, which are few; once for notices, which that is one.
  using Complain = std::function<void(std::string)>;

  CallbackOutput(OnAlert on_alert, OnNotice on_notice)
      : on_alert_(std::move(on_alert)), on_notice_(std::move(on_notice)) {}
  void complain_to(Complain complain) { complain_ = std::move(complain); }

  void alert(const AlertNotice& notice, const Evidence& evidence) override;
  void notice(Timestamp time, const Notice& notice) override;
  void sample(Timestamp /*time*/, const ProcessSample& /*process*/, std::optional<double> /*seconds*/) override {}
  void exit(Timestamp /*time*/, const ProcessSample& /*process*/) override {}
  void event(Timestamp /*time*/, const LifecycleEvent& /*event*/) override {}
  void status(const WatchStatus& /*status*/) override {}
  void summary(const WatchSummary& /*summary*/) override {}
  [[nodiscard]] Result<Reader> flush() override { return Reader::kListening; }

 private:
  void complain(const std::string& what);

  OnAlert on_alert_;
  OnNotice on_notice_;
  Complain complain_;
  bool notices_fail_ = false;
};

}  // namespace pmon::library
