// SPDX-License-Identifier: Apache-2.0
// How many instructions the verifier walks through for each program: what grows here may one day be refused.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

#include "collect/skeleton.h"
#include "host.h"

namespace pmon {
namespace {

// Instructions walked, as measured when the program last changed: on Linux 6.1, 6.12 and 6.18.
struct Baseline {
  const char* program;
  std::uint32_t linux_6_1;
  std::uint32_t linux_6_12;
  std::uint32_t linux_6_18;
};

constexpr Baseline kBaselines[] = {{"pmon_exec", 929, 842, 785},     {"pmon_exit", 126, 124, 124},
                                   {"pmon_fault", 197, 197, 197},    {"pmon_mmap", 103, 103, 103},
                                   {"pmon_newtask", 541, 541, 515},  {"pmon_oom", 174, 131, 131},
                                   {"pmon_rename", 36, 36, 36},      {"pmon_refresh", 200, 192, 192},
                                   {"pmon_sweep", 1516, 1508, 1392}, {"pmon_switch", 284, 276, 276}};

constexpr double kMostGrowth = 1.2;

std::uint32_t baseline_here(const Baseline& baseline) {
  utsname host{};
  uname(&host);
  const std::string release = host.release;
  if (release.starts_with("6.1.")) return baseline.linux_6_1;
  if (release.starts_with("6.12.")) return baseline.linux_6_12;
  if (release.starts_with("6.18.")) return baseline.linux_6_18;
  return std::max({baseline.linux_6_1, baseline.linux_6_12, baseline.linux_6_18});  // never measured
}

std::map<std::string, std::uint32_t> verified_instructions(const pmon_bpf& skeleton) {
  std::map<std::string, std::uint32_t> counts;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) continue;
    counts[bpf_program__name(program)] = info.verified_insns;
  }
  return counts;
}

TEST(Verifier, WalksHardlyMoreInstructionsThanItDid) {
  Host host;
  auto counts = verified_instructions(host.collector().programs().skeleton());
  for (const Baseline& baseline : kBaselines) {
    const auto found = counts.extract(baseline.program);
    if (found.empty()) continue;  // refused or without its hook here: Object.EveryFeatureIsThere sees to that
    std::printf("%s %u\n", baseline.program, found.mapped());  // for the table above
    EXPECT_GT(found.mapped(), 0U) << baseline.program;
    EXPECT_LE(found.mapped(), baseline_here(baseline) * kMostGrowth) << baseline.program;
  }
  for (const auto& [program, count] : counts) ADD_FAILURE() << program << " has no baseline: it is " << count;
}

}  // namespace
}  // namespace pmon
