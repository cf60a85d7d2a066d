// SPDX-License-Identifier: Apache-2.0
// The cost of a tick: appending what was collected, and evaluating the rules over it. A tick is a second;
// the store holds five minutes. "idle": one process in ten moves, as on most hosts; "moving": all do.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "promql/promql.h"

namespace pmon {
namespace {

constexpr std::array<const char*, 12> kMetrics = {
    "cpu_seconds_total",  "run_delay_seconds_total", "threads",        "threads_created_total",
    "minor_faults_total", "major_faults_total",      "heap_bytes",     "anon_bytes",
    "swap_bytes",         "memory_limit_bytes",      "resident_bytes", "virtual_bytes"};
constexpr int kTicks = 300;

struct Rule {
  const char* name;
  const char* expr;
};
// Of the kind that the default rules are.
constexpr std::array<Rule, 10> kRules = {{
    {"cpu_burn", "rate(pmon_process_cpu_seconds_total[1m]) > 0.9"},
    {"thread_surge",
     "pmon_process_threads > 5000 and (pmon_process_threads - pmon_process_threads offset 1m > 2000 or "
     "pmon_process_threads unless pmon_process_threads offset 1m)"},
    {"thread_churn", "rate(pmon_process_threads_created_total[30s]) > 500"},
    {"heap_growth",
     "pmon_process_heap_bytes > 1.15 * pmon_process_heap_bytes offset 1s and "
     "pmon_process_heap_bytes offset 1s > 1.15 * pmon_process_heap_bytes offset 2s"},
    {"heap_leak",
     "min_over_time(pmon_process_anon_bytes[30s]) > min_over_time(pmon_process_anon_bytes[30s] offset 30s) * 1.01 and "
     "deriv(pmon_process_anon_bytes[1m]) > 4e6"},
    {"fault_storm", "rate(pmon_process_major_faults_total[15s]) > 1000"},
    {"oom_trend", "predict_linear(pmon_process_anon_bytes[2m], 600) > pmon_process_memory_limit_bytes"},
    {"oom_level", "pmon_process_resident_bytes + pmon_process_swap_bytes > 0.95 * pmon_process_memory_limit_bytes"},
    {"run_delay", "rate(pmon_process_run_delay_seconds_total[1m]) > 2"},
    {"sum_by_comm", "sum by (comm) (rate(pmon_process_cpu_seconds_total[1m])) > 64"},
}};

class Host {
 public:
  Host(int processes, bool all_move) : all_move_(all_move) {
    for (int pid = 0; pid < processes; ++pid) {
      const Labels labels{{"pid", std::to_string(pid + 300)}, {"comm", "comm" + std::to_string(pid % 97)}};
      for (const char* metric : kMetrics) refs_.push_back(store_.open(std::string("pmon_process_") + metric, labels));
    }
    for (int i = 0; i < kTicks; ++i) tick();
  }

  void tick() {
    ++tick_;
    store_.begin_tick(tick_ * 1000);
    std::size_t i = 0;
    for (const auto ref : refs_) {
      const std::size_t process = i / kMetrics.size();
      const bool moves = all_move_ || process % 10 == 0;
      store_.append(ref, 1e6 + static_cast<double>(process) + (moves ? static_cast<double>(tick_ * (1 + i % 7)) : 0.0));
      ++i;
    }
  }
  void forget() { store_.forget_before((tick_ - kTicks) * 1000); }
  [[nodiscard]] Timestamp now() const { return tick_ * 1000; }
  [[nodiscard]] const SeriesStore& store() const { return store_; }
  [[nodiscard]] std::size_t series() const { return refs_.size(); }

 private:
  bool all_move_;
  SeriesStore store_;
  std::vector<SeriesStore::Ref> refs_;
  Timestamp tick_ = 0;
};

void append(benchmark::State& state, bool all_move) {
  Host host(static_cast<int>(state.range(0)), all_move);
  for (auto _ : state) {
    host.tick();
    host.forget();
  }
  const auto samples = static_cast<double>(state.iterations()) * static_cast<double>(host.series());
  state.counters["time/sample"] =
      benchmark::Counter(samples, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes/series"] =
      static_cast<double>(host.store().memory_bytes()) / static_cast<double>(host.series());
}

void evaluate(benchmark::State& state, const std::vector<const char*>& texts, bool all_move) {
  const Host host(static_cast<int>(state.range(0)), all_move);
  std::vector<promql::Expr> rules;
  for (const char* text : texts) rules.push_back(promql::Expr::parse(text).value());
  for (auto _ : state) {
    for (const auto& rule : rules) {
      auto value = promql::evaluate(rule, host.store(), host.now());
      if (!value) state.SkipWithError(value.error().text().c_str());
      benchmark::DoNotOptimize(value);
    }
  }
}

void register_all() {
  std::vector<const char*> all;
  for (const Rule& rule : kRules) all.push_back(rule.expr);
  for (const bool moving : {false, true}) {
    const std::string load = moving ? "moving" : "idle";
    for (const int processes : {1000, 8000, 10'000, 50'000}) {
      if (moving && processes > 10'000) continue;  // three gigabytes of samples
      benchmark::RegisterBenchmark(("append/" + load).c_str(), append, moving)
          ->Arg(processes)
          ->Unit(benchmark::kMillisecond);
      benchmark::RegisterBenchmark(("ten_rules/" + load).c_str(), evaluate, all, moving)
          ->Arg(processes)
          ->Unit(benchmark::kMillisecond);
    }
    for (const Rule& rule : kRules) {
      benchmark::RegisterBenchmark((std::string("rule/") + rule.name + "/" + load).c_str(), evaluate,
                                   std::vector<const char*>{rule.expr}, moving)
          ->Arg(8000)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace
}  // namespace pmon

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  pmon::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
