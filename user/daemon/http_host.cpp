// SPDX-License-Identifier: Apache-2.0
#include "daemon/http_host.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/process_views.h"

namespace pmon::daemon {

namespace {

// A collection is missing when it is later than this many intervals, and than a moment that any busy host may need.
constexpr Timestamp kStaleAfterIntervals = 3;
constexpr Timestamp kStaleAfterMs = 10'000;

void shift(promql::Matrix& matrix, Timestamp by) {
  for (promql::RangeSeries& series : matrix) {
    for (promql::Point& point : series.points) point.time += by;
  }
}

}  // namespace

http::Health health_of(const HealthBoard& board, const monitor::Clock& clock) {
  http::Health health = board.get();
  const Tick now = clock.now();
  health.now = now.wall;
  if (health.age_seconds) *health.age_seconds = static_cast<double>(now.boottime_ns) / 1e9 - *health.age_seconds;
  const double longest = static_cast<double>(std::max(kStaleAfterMs, kStaleAfterIntervals * health.interval_ms)) / 1000;
  health.stale = !health.age_seconds || *health.age_seconds > longest;
  return health;
}

std::vector<http::ActiveAlertView> active_alerts(DaemonSession& session) {
  std::vector<http::ActiveAlertView> views;
  const monitor::RuleRunner& rules = session.pipeline().rules();
  for (const bool firing : {true, false}) {
    for (const alerts::ActiveAlert* alert : firing ? rules.firing_alerts() : rules.pending_alerts()) {
      views.push_back(
          {firing, alert->labels, alert->annotations(), alert->value, alert->active_since + session.wall_shift()});
    }
  }
  return views;
}

Result<std::vector<exposition::Family>> HttpHost::families() {
  return mailbox_.ask(
      [&session = session_]() -> Result<std::vector<exposition::Family>> { return session.families(); });
}

Result<std::vector<http::ActiveAlertView>> HttpHost::alerts() {
  return mailbox_.ask(
      [&session = session_]() -> Result<std::vector<http::ActiveAlertView>> { return active_alerts(session); });
}

Result<std::vector<http::ProcessView>> HttpHost::processes(const http::ProcessQuery& query) {
  return mailbox_.ask([&session = session_, query]() -> Result<std::vector<http::ProcessView>> {
    return process_views(session.pipeline(), query, session.last_tick().now);
  });
}

Result<promql::Value> HttpHost::query(const promql::Expr& expr, std::optional<Timestamp> time) {
  return mailbox_.ask([&session = session_, expr, time]() -> Result<promql::Value> {
    session.pipeline().keep(expr.metric_names());
    const Timestamp by = session.wall_shift();
    const monitor::RuleRunner& rules = session.pipeline().rules();
    promql::Budget budget(promql::kQueryWork);
    auto value =
        promql::evaluate(expr, rules.store(), time ? *time - by : session.last_tick().now, rules.evaluation(budget));
    if (!value) return value;
    if (auto* const matrix = std::get_if<promql::Matrix>(&*value)) shift(*matrix, by);
    return value;
  });
}

Result<promql::Matrix> HttpHost::query_range(const promql::Expr& expr, const http::RangeQuery& range) {
  return mailbox_.ask([&session = session_, expr, range]() -> Result<promql::Matrix> {
    session.pipeline().keep(expr.metric_names());
    const Timestamp by = session.wall_shift();
    const monitor::RuleRunner& rules = session.pipeline().rules();
    promql::Budget budget(promql::kQueryWork);
    auto matrix = promql::evaluate_range(expr, rules.store(), {range.start - by, range.end - by, range.step},
                                         rules.evaluation(budget));
    if (matrix) shift(*matrix, by);
    return matrix;
  });
}

Result<std::vector<Labels>> HttpHost::series(const std::vector<promql::Expr>& selectors) {
  for (const promql::Expr& selector : selectors) {
    if (!selector.is_series_selector()) {
      return fail(ErrorKind::kUsage, fmt::format("'{}' is no series selector", selector.text()),
                  "give a metric's name, matchers in braces, or both");
    }
  }
  return mailbox_.ask([&session = session_, selectors]() -> Result<std::vector<Labels>> {
    std::vector<Labels> found;
    const monitor::RuleRunner& rules = session.pipeline().rules();
    promql::Budget budget(promql::kQueryWork);
    for (const promql::Expr& selector : selectors) {
      const auto value = promql::evaluate(selector, rules.store(), session.last_tick().now, rules.evaluation(budget));
      if (!value) return std::unexpected(value.error());
      if (const auto* const vector = std::get_if<promql::Vector>(&*value)) {
        for (const promql::Sample& sample : *vector) found.push_back(sample.labels);
      }
    }
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    return found;
  });
}

Result<std::string> HttpHost::configuration() {
  return mailbox_.ask([&session = session_]() -> Result<std::string> { return session.configuration(); });
}

Result<void> HttpHost::reload() {
  return mailbox_.ask([&session = session_]() -> Result<void> { return session.try_reload(); });
}

}  // namespace pmon::daemon
