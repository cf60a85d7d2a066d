// SPDX-License-Identifier: Apache-2.0
// What a tick of a recording costs to write, to read, and to replay with the default rules, by the number of processes;
// a tenth of them is busy. The argument of a benchmark is that number.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>
#include <string>

#include "../support/temp_folder.h"
#include "monitor/replay.h"
#include "monitor/rule_files.h"
#include "recording/recording_writer.h"
#include "recording/replay_collector.h"

namespace pmon::recording {
namespace {

class Host {
 public:
  explicit Host(std::int64_t processes) {
    for (std::int64_t i = 1; i <= processes; ++i) {
      ProcessSample& process = snapshot_.processes.emplace_back();
      process.key = {static_cast<std::int32_t>(i), static_cast<std::uint64_t>(i) * 7};
      process.comm = "program-" + std::to_string(i % 50);
      for (const MetricInfo& row : metric_table()) {
        if (row.metric != Metric::kOOM_KILLS) process.metrics.set(row.metric, static_cast<double>(i) * 4096);
      }
      process.metrics.set(Metric::kTHREADS, 4);
      process.metrics.set(Metric::kMEMORY_LIMIT, 16e9);
      process.metrics.set(Metric::kSTART_TIME, 1.7e9 + static_cast<double>(i) * 0.013);
    }
  }
  const Snapshot& tick() {
    tick_.now += 1000;
    tick_.wall += 1000;
    tick_.boottime_ns += 1'000'012'345;
    snapshot_.time = tick_.now;
    for (ProcessSample& process : snapshot_.processes) {
      if (random_() % 10 == 0) work(process.metrics);
    }
    return snapshot_;
  }
  [[nodiscard]] const Tick& now() const { return tick_; }
  [[nodiscard]] static Header header() {
    Header header;
    header.interval_ms = 1000;
    for (const MetricInfo& row : metric_table()) header.capabilities.add(row.metric);
    return header;
  }

 private:
  void work(MetricValues& metrics) {
    const auto add = [&](Metric metric, double value) { metrics.set(metric, metrics.at(metric) + value); };
    const auto nanos =
        static_cast<std::int64_t>(metrics.at(Metric::kCPU) * 1e9) + static_cast<int>(random_() % 5'000'000);
    metrics.set(Metric::kCPU, static_cast<double>(nanos) / 1e9);
    add(Metric::kSWITCHES_VOLUNTARY, static_cast<double>(random_() % 200));
    add(Metric::kSWITCHES_INVOLUNTARY, static_cast<double>(random_() % 5));
    add(Metric::kMINOR_FAULTS, static_cast<double>(random_() % 30));
    const double pages = 4096.0 * static_cast<double>(random_() % 8);
    add(Metric::kANON, pages);
    add(Metric::kRESIDENT, pages);
  }

  Snapshot snapshot_;
  Tick tick_{1'700'000'000'000, 5'000'000'000, 1'700'000'000'000};
  std::mt19937 random_{1};
};

// A recording of so many ticks; its size in bytes.
std::uint64_t record(const std::string& path, std::int64_t processes, int ticks) {
  Host host(processes);
  const Header header = Host::header();
  auto writer = RecordingWriter::open({path, std::uint64_t{1} << 40, 0}, header, host.now());
  for (int n = 0; writer && n < ticks; ++n) {
    const Snapshot& snapshot = host.tick();
    if (!writer->append(host.now(), snapshot, header.capabilities)) return 0;
  }
  return writer && writer->finish() ? writer->bytes() : 0;
}

int ticks_for(std::int64_t processes) { return processes > 1000 ? 60 : 600; }

void write(benchmark::State& state) {
  const test::TempFolder folder;
  Host host(state.range(0));
  const Header header = Host::header();
  auto writer = RecordingWriter::open({folder.file("r"), 64U << 20, 0}, header, host.now());
  for (auto _ : state) {
    state.PauseTiming();
    const Snapshot& snapshot = host.tick();
    state.ResumeTiming();
    if (!writer || !writer->append(host.now(), snapshot, header.capabilities)) state.SkipWithError("cannot write");
  }
  state.counters["bytes_per_tick"] = static_cast<double>(writer->bytes()) / static_cast<double>(state.iterations());
}
BENCHMARK(write)->Arg(100)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void read(benchmark::State& state) {
  const test::TempFolder folder;
  const int ticks = ticks_for(state.range(0));
  record(folder.file("r"), state.range(0), ticks);
  Snapshot snapshot;
  for (auto _ : state) {
    auto recorded = ReplayCollector::open(std::vector{folder.file("r")});
    while (recorded && (*recorded)->next().value_or(false)) (void)(*recorded)->collect((*recorded)->tick(), snapshot);
  }
  state.SetItemsProcessed(state.iterations() * ticks);  // ticks a second, which is times real time
}
BENCHMARK(read)->Arg(100)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);

class NoOutput final : public Output {
 public:
  void alert(const AlertNotice&, const Evidence&) override {}
  void sample(Timestamp, const ProcessSample&, std::optional<double>) override {}
  void exit(Timestamp, const ProcessSample&) override {}
  void event(Timestamp, const LifecycleEvent&) override {}
  void notice(Timestamp, const Notice&) override {}
  void status(const WatchStatus&) override {}
  void summary(const WatchSummary&) override {}
  [[nodiscard]] Result<Reader> flush() override { return Reader::kListening; }
};

void replay(benchmark::State& state) {
  const test::TempFolder folder;
  const int ticks = ticks_for(state.range(0));
  record(folder.file("r"), state.range(0), ticks);
  for (auto _ : state) {
    auto recorded = ReplayCollector::open(std::vector{folder.file("r")});
    auto rules = monitor::load_rules(true, {});
    NoOutput output;
    if (!recorded || !rules || !monitor::replay({}, std::move(*rules), std::move(*recorded), output)) {
      state.SkipWithError("cannot replay");
    }
  }
  state.SetItemsProcessed(state.iterations() * ticks);
}
BENCHMARK(replay)->Arg(100)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pmon::recording

BENCHMARK_MAIN();
