// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/daemon_session.h"
#include "daemon/health_board.h"
#include "daemon/mailbox.h"
#include "http/host.h"

namespace pmon::daemon {

// As of now; thread-safe.
[[nodiscard]] http::Health health_of(const HealthBoard& board, const monitor::Clock& clock);
// In the session's thread: those that fire, then those that are pending.
[[nodiscard]] std::vector<http::ActiveAlertView> active_alerts(DaemonSession& session);

// What the HTTP server shows: asked of the session by mailbox. The session must outlive the mailbox's last serve().
class HttpHost final : public http::Host {
 public:
  HttpHost(DaemonSession& session, Mailbox& mailbox, const HealthBoard& board, const monitor::Clock& clock)
      : session_(session), mailbox_(mailbox), board_(board), clock_(clock) {}

  [[nodiscard]] http::Health health() const override { return health_of(board_, clock_); }
  [[nodiscard]] Result<std::vector<exposition::Family>> families() override;
  [[nodiscard]] Result<std::vector<http::ActiveAlertView>> alerts() override;
  [[nodiscard]] Result<std::vector<http::ProcessView>> processes(const http::ProcessQuery& query) override;
  [[nodiscard]] Result<promql::Value> query(const promql::Expr& expr, std::optional<Timestamp> time) override;
  [[nodiscard]] Result<promql::Matrix> query_range(const promql::Expr& expr, const http::RangeQuery& range) override;
  [[nodiscard]] Result<std::vector<Labels>> series(const std::vector<promql::Expr>& selectors) override;
  [[nodiscard]] Result<std::string> configuration() override;
  [[nodiscard]] Result<void> reload() override;

 private:
  DaemonSession& session_;
  Mailbox& mailbox_;
  const HealthBoard& board_;
  const monitor::Clock& clock_;
};

}  // namespace pmon::daemon
