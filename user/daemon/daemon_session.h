// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/budget.h"
#include "daemon/health_board.h"
#include "daemon/mailbox.h"
#include "daemon/service_manager.h"
#include "daemon/settings.h"
#include "daemon/sinks.h"
#include "export/output.h"
#include "http/host.h"
#include "monitor/clock.h"
#include "monitor/event_loop.h"
#include "monitor/pipeline.h"
#include "monitor/session.h"

namespace pmon::daemon {

// `pmon run` from tick to tick: everything that watch does for all processes of the host, and tells it to every sink.
// What it shows over HTTP is asked through the mailbox. One thread.
class DaemonSession final : public monitor::Session {
 public:
  struct Parts {
    monitor::Pipeline::Parts pipeline;
    std::unique_ptr<Sinks> sinks;
    Budget budget;
    // Reads the configuration again and puts it in force here; an error leaves everything as it is.
    std::function<Result<void>(DaemonSession&)> reload;
    std::unique_ptr<ServiceManager> manager = std::make_unique<ServiceManager>();
    // Runs work for which the collector may need privileges that are given up otherwise.
    std::function<void(const std::function<void()>&)> privileged = [](const auto& work) { work(); };
    std::string configuration;  // as shown to others
    bool prints_all = false;    // alerts of all receivers go to the output, not only of those on stdout
  };
  DaemonSession(Timestamp interval_ms, std::size_t max_series, Parts parts, const monitor::Clock& clock, Output& output,
                Mailbox& mailbox, HealthBoard& board);

  [[nodiscard]] Result<bool> tick() override;
  void service() override;
  [[nodiscard]] std::vector<int> wake_fds() const override { return {pipeline_.collector().wake_fd(), mailbox_.fd()}; }
  void reload() override;
  [[nodiscard]] bool all_targets_ended() const override { return false; }
  [[nodiscard]] bool unsettled() const override { return false; }
  void tell_still_running(std::int32_t /*pid*/, const std::string& /*program*/) override {}
  // Longer than asked for while the budget says so.
  [[nodiscard]] Timestamp interval_ms() const override;
  // At the end: what is to be remembered is written, what waits is sent until the deadline.
  void finish(delivery::Deadline deadline);

  // reload(), with the reason where it fails.
  [[nodiscard]] Result<void> try_reload();
  [[nodiscard]] monitor::Pipeline& pipeline() { return pipeline_; }
  [[nodiscard]] Sinks& sinks() { return *sinks_; }
  // What can change while running: the interval, the number of series, the limits.
  void apply(const Settings& settings);
  void change_sinks(OpenedSinks changed);
  [[nodiscard]] std::vector<exposition::Family> families();
  // What is in force, without secrets.
  [[nodiscard]] const std::string& configuration() const { return configuration_; }
  void show(std::string configuration) { configuration_ = std::move(configuration); }
  // What is to be added to a time of the engine to get that of the clock on the wall.
  [[nodiscard]] Timestamp wall_shift() const { return last_.wall - last_.now; }
  [[nodiscard]] Tick last_tick() const { return last_; }

 private:
  void tell_alerts(const monitor::Pipeline::Look& look);
  void tell_exporters(const monitor::Pipeline::Look& look);
  void tell_notice(Timestamp wall, const Notice& notice);
  void keep_budget(const Tick& tick);
  void post_health(const monitor::Pipeline::Look& look);

  Timestamp interval_ms_;
  std::size_t max_series_;
  const monitor::Clock& clock_;
  Output& output_;
  Mailbox& mailbox_;
  HealthBoard& board_;
  monitor::Pipeline pipeline_;
  std::unique_ptr<Sinks> sinks_;
  Budget budget_;
  std::function<Result<void>(DaemonSession&)> reload_;
  std::unique_ptr<ServiceManager> manager_;
  std::function<void(const std::function<void()>&)> privileged_;
  std::string configuration_;
  bool prints_all_;
  Tick last_;
  std::uint64_t ticks_ = 0;
};

}  // namespace pmon::daemon
