// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "collect/handle.h"
#include "daemon/daemon_session.h"
#include "daemon/health_board.h"
#include "daemon/http_host.h"
#include "daemon/mailbox.h"
#include "http/server.h"
#include "library/callback_output.h"
#include "library/setup.h"
#include "monitor/clock.h"
#include "monitor/following.h"
#include "pmon/monitor.h"

namespace pmon::library {

// One monitor inside of a program: the session of a daemon, in a thread of its own. Calls are thread-safe. Its thread
// owns it, too: a callback may let go of the monitor that calls it.
class Instance {
 public:
  // Errors as Monitor::start().
  [[nodiscard]] static Result<std::shared_ptr<Instance>> start(MonitorOptions options);

  // Asks it to stop, and waits for that but in its own thread.
  void stop();
  // stop(), and nobody will come back.
  void abandon();
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] std::string health() const;
  [[nodiscard]] Result<std::vector<MonitorAlert>> alerts();
  [[nodiscard]] int http_port() const { return http_port_; }

 private:
  Instance(MonitorOptions& options, Setup setup);
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<std::optional<monitor::WatchState>> open_state() const;
  [[nodiscard]] std::vector<Notice> first_notices(monitor::Following& following) const;
  [[nodiscard]] Result<void> open_server();
  void run();
  void follow();
  void finish();
  void over();
  [[nodiscard]] bool in_own_thread() const { return std::this_thread::get_id() == thread_id_; }
  [[nodiscard]] Result<std::vector<MonitorAlert>> firing();

  Setup setup_;
  const monitor::SystemClock clock_;
  CallbackOutput output_;
  Fd stop_;
  std::unique_ptr<daemon::Mailbox> mailbox_;
  std::optional<daemon::HealthBoard> board_;

  // The thread's alone once it runs, and gone with it.
  std::optional<monitor::Following> following_;
  std::unique_ptr<daemon::DaemonSession> session_;
  std::unique_ptr<daemon::HttpHost> host_;
  std::unique_ptr<http::Server> server_;

  int http_port_ = 0;
  std::atomic<bool> running_ = false;
  std::atomic<std::thread::id> thread_id_;
  std::mutex joining_;
  std::thread thread_;
};

}  // namespace pmon::library
