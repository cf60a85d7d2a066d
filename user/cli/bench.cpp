// SPDX-License-Identifier: Apache-2.0
#include "cli/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include <CLI/CLI.hpp>

#include "cli/parse.h"
#include "cli/print.h"
#include "collect/ebpf_collector.h"
#include "collect/hook_cost.h"
#include "collect/procfs_collector.h"
#include "export/text_format.h"

namespace pmon::cli {

namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Tick tick_now() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  Tick tick;
  tick.now = duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  tick.boottime_ns = static_cast<std::uint64_t>(seconds_of(CLOCK_BOOTTIME) * 1e9);
  return tick;
}

// CPU time of one collection: the median, as the first ones fill caches and interrupts stretch others.
Result<void> bench_collector(Collector& collector, int ticks) {
  Snapshot snapshot;
  std::vector<double> costs;
  for (int i = 0; i < ticks; ++i) {
    const double before = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    if (const auto done = collector.collect(tick_now(), snapshot); !done) return done;
    costs.push_back(seconds_of(CLOCK_THREAD_CPUTIME_ID) - before);
  }
  std::sort(costs.begin(), costs.end());
  print(fmt::format("  {:<8} {:.3f} ms of CPU for {} processes (median of {}; at most {:.3f} ms)\n", collector.name(),
                    costs[costs.size() / 2] * 1e3, snapshot.processes.size(), ticks, costs.back() * 1e3));
  return {};
}

Result<void> bench_hooks(int rounds) {
  const auto hooks = measure_hooks(rounds);
  if (!hooks) return std::unexpected(hooks.error());
  print(fmt::format("Hooks, each time one fires, above an empty program at the same hook:\n"));
  for (const HookCost& hook : *hooks) {
    print(fmt::format("  {:<32} {:5.0f} ns  ({:.0f} less {:.0f}; {} runs)\n", hook.hook, hook.above_empty_ns,
                      hook.program_ns, hook.empty_ns, hook.runs));
  }
  return {};
}

double resident_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

Result<void> bench_ticks(int ticks) {
  print(fmt::format("One tick, every process of the host:\n"));
  const auto ebpf = EbpfCollector::open();
  if (!ebpf) return std::unexpected(ebpf.error());
  if (const auto done = bench_collector(**ebpf, ticks); !done) return done;
  print(fmt::format("  ebpf     at most {} resident\n", format_bytes(resident_bytes())));
  const auto procfs = ProcfsCollector::open();
  if (!procfs) return std::unexpected(procfs.error());
  return bench_collector(**procfs, ticks);
}

}  // namespace

Result<int> run_bench(const Words& words) {
  std::string ticks_word = "50";
  std::string rounds_word = "5";
  CLI::App app("Measures what pmon itself costs on this host, in a few seconds.", "pmon bench");
  app.add_option("--ticks", ticks_word, "How many collections to measure (50)")->type_name("N");
  app.add_option("--rounds", rounds_word, "How often to measure each hook (5)")->type_name("N");
  app.footer("Needs CAP_SYS_ADMIN. Every BPF program on the host takes some 20 ns longer.");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  const auto ticks = parse_number<int>("--ticks", ticks_word, 1, 100'000);
  if (!ticks) return std::unexpected(ticks.error());
  const auto rounds = parse_number<int>("--rounds", rounds_word, 1, 1000);
  if (!rounds) return std::unexpected(rounds.error());
  // Ticks first: the memory is then that of collecting alone.
  if (const auto done = bench_ticks(*ticks); !done) return std::unexpected(done.error());
  if (const auto done = bench_hooks(*rounds); !done) return std::unexpected(done.error());
  return kEndedAsAsked;
}

}  // namespace pmon::cli
