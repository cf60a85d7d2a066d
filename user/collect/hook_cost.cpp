// SPDX-License-Identifier: Apache-2.0
#include "collect/hook_cost.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <functional>
#include <memory>

#include "collect/ebpf_collector.h"
#include "collect/handle.h"
#include "collect/kernel_facts.h"
#include "collect/skeleton.h"
#include "pmon_bench.skel.h"

namespace pmon {

namespace {

constexpr int kSwitchPairs = 100'000;
constexpr std::size_t kPages = 32'768;
constexpr int kMappings = 50'000;

struct DestroyBench {
  void operator()(pmon_bench* bench) const { pmon_bench__destroy(bench); }
};

// Programs to measure against, attached while the kernel counts how long programs run.
class Bench {
 public:
  struct Wanted {
    bool usual_switch = false;
    bool fault = false;
    bool mmap = false;
  };
  static Result<Bench> attach(const Wanted& wanted) {
    Bench bench;
    bench.skeleton_.reset(pmon_bench__open());
    if (!bench.skeleton_) return fail_errno(errno, "open the empty programs");
    bpf_program__set_autoload(bench.skeleton_->progs.usual_switch, wanted.usual_switch);
    bpf_program__set_autoload(bench.skeleton_->progs.empty_fault, wanted.fault);
    bpf_program__set_autoload(bench.skeleton_->progs.empty_mmap, wanted.mmap);
    if (pmon_bench__load(bench.skeleton_.get()) != 0 || pmon_bench__attach(bench.skeleton_.get()) != 0) {
      return fail_errno(errno, "attach the empty programs");
    }
    bench.statistics_.reset(bpf_enable_stats(BPF_STATS_RUN_TIME));
    if (!bench.statistics_) return fail_errno(errno, "switch on the kernel's BPF statistics", "needs CAP_SYS_ADMIN");
    return bench;
  }
  [[nodiscard]] const auto& programs() const { return skeleton_->progs; }

 private:
  std::unique_ptr<pmon_bench, DestroyBench> skeleton_;
  Fd statistics_;
};

struct Runs {
  std::uint64_t count = 0;
  std::uint64_t ns = 0;
};

Runs runs_of(const bpf_program* program) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) return {};
  return {info.run_cnt, info.run_time_ns};
}

double mean_between(const Runs& before, const Runs& after) {
  const std::uint64_t count = after.count - before.count;
  return count == 0 ? 0 : static_cast<double>(after.ns - before.ns) / static_cast<double>(count);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Pipe {
  Fd out;
  Fd in;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
};

// A child on our CPU answers each byte: two switches a round trip.
void switch_tasks() {
  cpu_set_t old_set;
  sched_getaffinity(0, sizeof old_set, &old_set);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
  const Pipe there;
  const Pipe back;
  char byte = 0;
  const auto answer = [&] {
    for (int i = 0; i < kSwitchPairs; ++i) {
      if (read(there.out.get(), &byte, 1) != 1 || write(back.in.get(), &byte, 1) != 1) break;
    }
  };
  const pid_t child = fork();
  if (child == 0) {
    answer();
    _exit(0);
  }
  for (int i = 0; child > 0 && i < kSwitchPairs; ++i) {
    if (write(there.in.get(), &byte, 1) != 1 || read(back.out.get(), &byte, 1) != 1) break;
  }
  if (child > 0) waitpid(child, nullptr, 0);
  sched_setaffinity(0, sizeof old_set, &old_set);
}

void touch_pages() {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* area = mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) return;
  madvise(area, kPages * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < kPages; ++i) static_cast<volatile char*>(area)[i * page] = 1;
  munmap(area, kPages * page);
}

void map_and_unmap() {
  for (int i = 0; i < kMappings; ++i) {
    void* area = mmap(nullptr, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area != MAP_FAILED) munmap(area, 65536);
  }
}

struct Case {
  const char* hook;
  const bpf_program* ours;
  const bpf_program* empty;
  std::function<void()> work;
};

HookCost measure(const Case& test, int rounds) {
  std::vector<double> ours;
  std::vector<double> empty;
  std::vector<double> above;
  std::uint64_t runs = 0;
  test.work();  // warm
  for (int round = 0; round < rounds; ++round) {
    const Runs ours_before = runs_of(test.ours);
    const Runs empty_before = runs_of(test.empty);
    test.work();
    const Runs ours_after = runs_of(test.ours);
    ours.push_back(mean_between(ours_before, ours_after));
    empty.push_back(mean_between(empty_before, runs_of(test.empty)));
    above.push_back(ours.back() - empty.back());
    runs += ours_after.count - ours_before.count;
  }
  return {test.hook, median(ours), median(empty), runs, median(above)};
}

// So that this process's own faults are those of a target, or not.
void watch_self(EbpfCollector& collector, bool on) {
  std::vector<WatchedProcess> self;
  Snapshot snapshot;
  if (on && collector.collect({time(nullptr) * 1000, boottime_now_ns()}, snapshot)) {
    for (const ProcessSample& process : snapshot.processes) {
      if (process.key.pid == getpid() && !process.exit) self.push_back({process.key, process.slot});
    }
  }
  collector.watch(self);
}

}  // namespace

Result<std::vector<HookCost>> measure_hooks(int rounds) {
  auto collector = EbpfCollector::open();
  if (!collector) return std::unexpected(collector.error());
  const BpfPrograms& programs = (*collector)->programs();
  const auto bench = Bench::attach({.fault = programs.has("pmon_fault"), .mmap = programs.has("pmon_mmap")});
  if (!bench) return std::unexpected(bench.error());
  const pmon_bpf& ours = programs.skeleton();
  std::vector<HookCost> costs;
  costs.push_back(
      measure({"sched_switch", ours.progs.pmon_switch, bench->programs().empty_switch, switch_tasks}, rounds));
  watch_self(**collector, false);
  const Case faults{"page_fault_user (not a target)", ours.progs.pmon_fault, bench->programs().empty_fault,
                    touch_pages};
  if (programs.has("pmon_fault")) {
    costs.push_back(measure(faults, rounds));
    watch_self(**collector, true);
    costs.push_back(measure({"page_fault_user (target)", faults.ours, faults.empty, faults.work}, rounds));
    watch_self(**collector, false);
  }
  if (programs.has("pmon_mmap")) {
    costs.push_back(
        measure({"vm_unmapped_area", ours.progs.pmon_mmap, bench->programs().empty_mmap, map_and_unmap}, rounds));
  }
  return costs;
}

Result<HookCost> measure_usual_switch(int rounds) {
  const auto bench = Bench::attach({.usual_switch = true});
  if (!bench) return std::unexpected(bench.error());
  return measure({"sched_switch", bench->programs().usual_switch, bench->programs().empty_switch, switch_tasks},
                 rounds);
}

}  // namespace pmon
