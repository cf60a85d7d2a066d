// SPDX-License-Identifier: Apache-2.0
// What the default rules cost in the monitor that runs them: a host of many processes as a collector would tell it,
// through the whole pipeline, tick by tick at one second. CPU time of this process, and what it holds in memory.
//   bench_rules [--check] [PROCESSES [TICKS [MOVING [RULES]]]]
// MOVING: per cent of the processes that do something at each tick; RULES: a file in place of the default rules;
// --check: fails beyond what docs/performance.md promises. Scripts read its lines `NAME VALUE UNIT`.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/pipeline.h"
#include "monitor/rule_files.h"

namespace pmon::monitor {
namespace {

std::uint64_t cpu_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

// Even seconds; rules are timed in CPU time, which no other load of the host moves.
class BenchClock final : public Clock {
 public:
  [[nodiscard]] Tick now() const override { return {time_, cpu_ns(CLOCK_THREAD_CPUTIME_ID), time_}; }
  void step() { time_ += 1000; }

 private:
  Timestamp time_ = 1'700'000'000'000;
};

// Every metric of every process; healthy ones, so that no alert fires.
class BenchHost final : public Collector {
 public:
  BenchHost(int processes, unsigned moving) : moving_(moving) {
    for (int i = 0; i < processes; ++i) {
      ProcessSample& process = first_.emplace_back();
      process.key = {i + 300, static_cast<std::uint64_t>(i) * 7};
      process.comm = "program-" + std::to_string(i % 50);
      for (const MetricInfo& row : metric_table()) {
        if (row.metric != Metric::kOOM_KILLS) process.metrics.set(row.metric, i * 4096.0);
      }
      process.metrics.set(Metric::kANON, 100e6);
      process.metrics.set(Metric::kSHMEM, 0);
      process.metrics.set(Metric::kSWAP, 0);
      process.metrics.set(Metric::kHEAP, 200e6);
      process.metrics.set(Metric::kTHREADS, 4);
      process.metrics.set(Metric::kMEMORY_LIMIT, 16e9);
      process.metrics.set(Metric::kSTART_TIME, 1.69e9 + i * 0.013);
    }
    for (const MetricInfo& row : metric_table()) capabilities_.add(row.metric);
  }

  [[nodiscard]] std::string_view name() const override { return "bench"; }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  Result<void> collect(const Tick& tick, Snapshot& out) override {
    const std::uint64_t begin = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    out.time = tick.now;
    if (out.processes.empty()) out.processes = std::exchange(first_, {});
    for (ProcessSample& process : out.processes) {
      if (random_() % 100 < moving_) work(process.metrics);
    }
    spent_ns_ += cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
    return {};
  }
  // What making up the processes took, which is no cost of the monitor.
  [[nodiscard]] std::uint64_t spent_ns() const { return spent_ns_; }

 private:
  void add(MetricValues& metrics, Metric metric, double most) {
    metrics.set(metric, metrics.at(metric) + most * static_cast<double>(random_() % 1000) / 1000);
  }
  // Memory comes and goes; every counter moves.
  void work(MetricValues& metrics) {
    for (const MetricInfo& row : metric_table()) {
      const bool seconds = row.raw == RawUnit::kNanoseconds;
      if (row.kind == MetricKind::kCounter && metrics.has(row.metric)) add(metrics, row.metric, seconds ? 0.5 : 40);
    }
    const double pages = 4096.0 * static_cast<double>(random_() % 4096);
    for (const Metric metric : {Metric::kANON, Metric::kRESIDENT}) metrics.set(metric, 100e6 + pages);
    metrics.set(Metric::kHEAP, 200e6 + pages);
    if (random_() % 10 == 0) metrics.set(Metric::kTHREADS, static_cast<double>(4 + random_() % 8));
  }

  unsigned moving_;
  std::vector<ProcessSample> first_;  // until the first tick
  Capabilities capabilities_;
  std::mt19937 random_{1};
  std::uint64_t spent_ns_ = 0;
};

double resident_megabytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * 4096 / 1e6;
}

void say(const std::string& name, double value, const char* unit) {
  std::printf("%s %.3f %s\n", name.c_str(), value, unit);
}

struct Measured {
  std::uint64_t evaluation_ns;
  std::uint64_t all_ns;
  Measured(const Pipeline& pipeline, const BenchHost& host)
      : evaluation_ns(0), all_ns(cpu_ns(CLOCK_PROCESS_CPUTIME_ID)) {
    all_ns -= host.spent_ns();
    for (const alerts::RuleCost& cost : pipeline.rules().costs()) evaluation_ns += cost.total_ns;
  }
};

struct Words {
  bool check = false;
  int processes = 10'000;
  int ticks = 60;
  unsigned moving = 100;
  std::vector<std::string> rule_files;
};

// The limits, of 10,000 processes. An evaluation waits for memory above all, a read that no cache holds for most
// series; where the host's memory is slow at present, it may take as long as so many of them.
constexpr double kMostEvaluationMs = 30;
constexpr double kMostReadsPerSeries = 1.7;
constexpr double kMostResidentMb = 96;

// What a read that no cache holds takes on this host, in nanoseconds: each tells where the next one goes.
double random_read_ns() {
  constexpr int kReads = 1'000'000;
  std::vector<std::uint32_t> next((64 << 20) / sizeof(std::uint32_t));
  std::iota(next.begin(), next.end(), 0U);
  std::mt19937 random(1);
  for (std::size_t i = next.size() - 1; i > 0; --i) std::swap(next[i], next[random() % i]);  // one cycle through all
  std::uint32_t at = 0;
  const std::uint64_t start = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < kReads; ++i) at = next[at];
  const std::uint64_t taken = cpu_ns(CLOCK_THREAD_CPUTIME_ID) - start;
  volatile std::uint32_t end = at;  // or the compiler leaves it all out
  static_cast<void>(end);
  return static_cast<double>(taken) / kReads;
}

int bench(const Words& words) {
  auto rules = load_rules(words.rule_files.empty(), words.rule_files);
  TargetSpec spec;
  spec.everything = true;
  auto targets = Targets::make(std::move(spec));
  if (!rules || !targets) return 1;
  BenchClock clock;
  auto host = std::make_unique<BenchHost>(words.processes, words.moving);
  const BenchHost& seen = *host;
  Pipeline pipeline(1000, 200, {std::move(host), std::move(*targets), std::move(*rules), {}, {}, {}}, clock);

  const auto tick = [&] {
    clock.step();
    pipeline.told(pipeline.look());
  };
  // Longer than the five minutes of which anything is kept, so that memory and cost no longer grow.
  constexpr int kWarmUp = 400;
  for (int i = 0; i < kWarmUp; ++i) tick();
  const Measured before(pipeline, seen);
  std::vector<double> each;
  for (int i = 0; i < words.ticks; ++i) {
    const Measured start(pipeline, seen);
    tick();
    each.push_back(milliseconds(Measured(pipeline, seen).evaluation_ns - start.evaluation_ns));
  }
  const Measured after(pipeline, seen);
  std::ranges::sort(each);

  say("processes", words.processes, "");
  say("series", static_cast<double>(pipeline.rules().store().series_count()), "");
  say("firing", static_cast<double>(pipeline.rules().firing()), "");
  say("evaluation_mean", milliseconds(after.evaluation_ns - before.evaluation_ns) / words.ticks, "ms");
  say("evaluation_median", each[each.size() / 2], "ms");
  say("evaluation_most", each.back(), "ms");
  say("tick_mean", milliseconds(after.all_ns - before.all_ns) / words.ticks, "ms");
  say("store", static_cast<double>(pipeline.rules().store().memory_bytes()) / 1e6, "MB");
  say("resident", resident_megabytes(), "MB");
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  say("resident_peak", static_cast<double>(usage.ru_maxrss) * 1024 / 1e6, "MB");
  for (const alerts::RuleCost& cost : pipeline.rules().costs()) {
    say("rule/" + cost.rule, milliseconds(cost.total_ns) / static_cast<double>(cost.evaluations), "ms");
  }
  // The median: a tick at which the host does something else as well says nothing of the rules.
  if (!words.check) return 0;
  const double resident = resident_megabytes();  // without what follows
  const double read_ns = random_read_ns();
  say("random_read", read_ns, "ns");
  const double series = static_cast<double>(pipeline.rules().store().series_count());
  const double most_ms = std::max(kMostEvaluationMs, kMostReadsPerSeries * series * read_ns / 1e6);
  if (each[each.size() / 2] <= most_ms && resident <= kMostResidentMb) return 0;
  std::printf("more than %.0f ms or %.0f MB\n", most_ms, kMostResidentMb);
  return 1;
}

Words parse(int argc, char** argv) {
  Words words;
  std::vector<std::string> rest;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--check") {
      words.check = true;
    } else {
      rest.emplace_back(argv[i]);
    }
  }
  const auto number = [&](std::size_t i, int otherwise) { return rest.size() > i ? std::stoi(rest[i]) : otherwise; };
  words.processes = std::max(1, number(0, words.processes));
  words.ticks = std::max(1, number(1, words.ticks));
  words.moving = static_cast<unsigned>(std::clamp(number(2, 100), 0, 100));
  if (rest.size() > 3) words.rule_files = {rest[3]};
  return words;
}

}  // namespace
}  // namespace pmon::monitor

int main(int argc, char** argv) { return pmon::monitor::bench(pmon::monitor::parse(argc, argv)); }
