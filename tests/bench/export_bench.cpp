// SPDX-License-Identifier: Apache-2.0
// What pushing metrics costs the monitor's thread: to take in a tick, and to reduce and encode a window of 30 ticks.
// The argument of a benchmark is the number of processes; each has 20 metrics, half of them counters.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "export/line_protocol.h"
#include "export/reducer.h"
#include "export/remote_write_body.h"
#include "export/report.h"

namespace pmon {
namespace {

constexpr int kMetrics = 20;
constexpr int kTicks = 30;
constexpr Timestamp kStart = 1'700'000'040'000;  // a multiple of the window

std::vector<exposition::Family> tick_of(std::int64_t processes, int tick) {
  std::vector<exposition::Family> families;
  for (int metric = 0; metric < kMetrics; ++metric) {
    const bool counter = metric % 2 == 1;
    exposition::Family family{"pmon_process_metric_" + std::to_string(metric) + (counter ? "_total" : "_bytes"),
                              "",
                              counter ? MetricKind::kCounter : MetricKind::kGauge,
                              {}};
    for (std::int64_t pid = 1; pid <= processes; ++pid) {
      family.samples.push_back({{{"pid", std::to_string(pid)}, {"comm", "program-" + std::to_string(pid % 50)}},
                                1000.5 * tick + static_cast<double>(pid)});
    }
    families.push_back(std::move(family));
  }
  return families;
}

Reducer make_reducer(Statistics statistics) { return Reducer({kTicks * 1000, MetricFilter(), statistics}); }

Window window_of(std::int64_t processes, Statistics statistics) {
  Reducer reducer = make_reducer(statistics);
  for (int tick = 1; tick < kTicks; ++tick) (void)reducer.add(kStart + tick * 1000, tick_of(processes, tick));
  return reducer.add(kStart + kTicks * 1000, tick_of(processes, kTicks)).value();
}

// One tick in thirty ends a window, so its part of reducing is in the figure.
void BM_TakeInATick(benchmark::State& state) {
  std::vector<std::vector<exposition::Family>> ticks;
  for (int tick = 1; tick <= kTicks; ++tick) ticks.push_back(tick_of(state.range(0), tick));
  Reducer reducer = make_reducer(Statistics::all());
  Timestamp time = kStart;
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(reducer.add(time += 1000, ticks[next++ % kTicks]));
  state.counters["series"] = static_cast<double>(state.range(0) * kMetrics);
}
BENCHMARK(BM_TakeInATick)->Arg(200)->Arg(250)->Unit(benchmark::kMillisecond);

template <typename Encode>
void encode(benchmark::State& state, Statistics statistics, const Encode& function) {
  const Window window = window_of(state.range(0), statistics);
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const delivery::Item& item : function(window).items) bytes += item.body.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

void BM_JsonReports(benchmark::State& state) {
  encode(state, Statistics::all(), [](const Window& window) { return report_lines(window, {"db1", {}}); });
}
void BM_LineProtocol(benchmark::State& state) {
  encode(state, Statistics::all(), [](const Window& window) { return line_protocol(window, {{{"host", "db1"}}}); });
}
void BM_RemoteWrite(benchmark::State& state) {
  const Statistics statistics = state.range(1) == 1 ? Statistics::only(Statistic::kLast) : Statistics::all();
  encode(state, statistics, [](const Window& window) {
    return remote_write_bodies(window, {{{"instance", "db1"}, {"job", "pmon"}}});
  });
}
BENCHMARK(BM_JsonReports)->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_LineProtocol)->Arg(200)->Unit(benchmark::kMillisecond);
// The second argument: how many statistics.
BENCHMARK(BM_RemoteWrite)->Args({200, 4})->Args({200, 1})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pmon

BENCHMARK_MAIN();
