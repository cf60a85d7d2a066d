// SPDX-License-Identifier: Apache-2.0
// What a scrape costs besides collecting its values: copying the families, writing them, compressing them. The targets
// are 10 ms of CPU for 200 processes with the totals of their groups, 200 ms for 8,000 processes (200,000 lines).
#include <benchmark/benchmark.h>

#include "http/endpoints.h"
#include "http/host.h"

namespace pmon::http {
namespace {

// As pmon's own: one family for each metric name, one sample for each process and row of metrics.def.
std::vector<exposition::Family> process_families(std::int64_t processes) {
  std::vector<exposition::Family> families;
  for (const MetricInfo& metric : metric_table()) {
    const std::string name = "pmon_process_" + std::string(metric.name);
    if (families.empty() || families.back().name != name) {
      families.push_back({name, std::string(metric.help), metric.kind, {}});
    }
    for (std::int64_t i = 0; i < processes; ++i) {
      Labels labels{{"pid", std::to_string(1000 + i * 7)}, {"comm", "worker-" + std::to_string(i % 300)}};
      labels.set(metric.label_key.empty() ? "none" : metric.label_key, metric.label_value);
      const double value =
          metric.kind == MetricKind::kCounter ? 0.017 + static_cast<double>(i) * 1.2345 : static_cast<double>(i * 4096);
      families.back().samples.push_back({std::move(labels), value});
    }
  }
  return families;
}

class ScrapedHost : public Host {
 public:
  explicit ScrapedHost(std::int64_t processes) : families_(process_families(processes)) {}
  [[nodiscard]] Health health() const override { return {}; }
  Result<std::vector<exposition::Family>> families() override { return families_; }
  Result<std::vector<ActiveAlertView>> alerts() override { return {}; }
  Result<std::vector<ProcessView>> processes(const ProcessQuery& /*query*/) override { return {}; }
  Result<promql::Value> query(const promql::Expr& /*expr*/, std::optional<Timestamp> /*time*/) override {
    return promql::Vector{};
  }
  Result<promql::Matrix> query_range(const promql::Expr& /*expr*/, const RangeQuery& /*range*/) override { return {}; }
  Result<std::vector<Labels>> series(const std::vector<promql::Expr>& /*selectors*/) override { return {}; }
  Result<std::string> configuration() override { return std::string(); }
  Result<void> reload() override { return {}; }

 private:
  std::vector<exposition::Family> families_;
};

void scrape(benchmark::State& state, const std::vector<Field>& headers) {
  ScrapedHost host(state.range(0));
  Request request{.method = "GET", .path = "/metrics", .headers = headers};
  std::size_t bytes = 0;
  for (auto _ : state) {
    const Response response = metrics_page(request, host);
    bytes = response.body_size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

void scrape_text(benchmark::State& state) { scrape(state, {}); }
void scrape_openmetrics(benchmark::State& state) { scrape(state, {{"accept", "application/openmetrics-text"}}); }
// What Prometheus asks for.
void scrape_openmetrics_gzip(benchmark::State& state) {
  scrape(state, {{"accept", "application/openmetrics-text"}, {"accept-encoding", "gzip"}});
}

BENCHMARK(scrape_text)->Arg(200)->Arg(8000)->Unit(benchmark::kMillisecond);
BENCHMARK(scrape_openmetrics)->Arg(200)->Arg(8000)->Unit(benchmark::kMillisecond);
BENCHMARK(scrape_openmetrics_gzip)->Arg(200)->Arg(8000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pmon::http

BENCHMARK_MAIN();
