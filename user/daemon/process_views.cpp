// SPDX-License-Identifier: Apache-2.0
#include "daemon/process_views.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace pmon::daemon {

namespace {

using Rates = std::unordered_map<std::int32_t, double>;  // by pid

Rates rates(const SeriesStore& store, const char* text, Timestamp now) {
  Rates rates;
  const auto expr = promql::Expr::parse(text);
  if (!expr) return rates;
  const auto value = promql::evaluate(*expr, store, now);
  if (!value) return rates;
  const auto* const vector = std::get_if<promql::Vector>(&*value);
  if (vector == nullptr) return rates;
  for (const promql::Sample& sample : *vector) {
    if (const auto pid = monitor::pid_of(sample.labels)) rates[*pid] = sample.value;
  }
  return rates;
}

std::optional<double> rate_of(const Rates& rates, const ProcessSample& process) {
  const auto found = rates.find(process.key.pid);
  return found == rates.end() ? std::nullopt : std::optional(found->second);
}

double rank(const http::ProcessView& view, http::ProcessOrder order) {
  const MetricValues& metrics = view.sample.metrics;
  switch (order) {
    case http::ProcessOrder::kCpu: return view.cpu_cores.value_or(0);
    case http::ProcessOrder::kMemory:
      return metrics.get(Metric::kRESIDENT).value_or(0) + metrics.get(Metric::kSWAP).value_or(0);
    case http::ProcessOrder::kThreads: return metrics.get(Metric::kTHREADS).value_or(0);
    case http::ProcessOrder::kFaults: return view.faults_per_second.value_or(0);
    case http::ProcessOrder::kPid: return -static_cast<double>(view.sample.key.pid);
  }
  return 0;
}

}  // namespace

std::vector<http::ProcessView> process_views(monitor::Pipeline& pipeline, const http::ProcessQuery& query,
                                             Timestamp now) {
  pipeline.keep(
      {"pmon_process_cpu_seconds_total", "pmon_process_minor_faults_total", "pmon_process_major_faults_total"});
  const SeriesStore& store = pipeline.rules().store();
  const Rates cpu = rates(store, "irate(pmon_process_cpu_seconds_total[5m])", now);
  const Rates faults =
      rates(store, "irate(pmon_process_minor_faults_total[5m]) + irate(pmon_process_major_faults_total[5m])", now);
  std::vector<http::ProcessView> views;
  for (const ProcessSample* process : pipeline.processes()) {
    if (process->exit) continue;
    views.push_back({*process, rate_of(cpu, *process), rate_of(faults, *process), process->comm});
  }
  const auto before = [&query](const http::ProcessView& a, const http::ProcessView& b) {
    const double left = rank(a, query.order);
    const double right = rank(b, query.order);
    return left != right ? left > right : a.sample.key < b.sample.key;
  };
  const std::size_t count = std::min(query.limit, views.size());
  std::ranges::partial_sort(views, views.begin() + static_cast<std::ptrdiff_t>(count), before);
  views.resize(count);
  return views;
}

}  // namespace pmon::daemon
