// SPDX-License-Identifier: Apache-2.0
#include "ground_truth.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace pmon {

double monotonic() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

int storm(Host& host, int per_second, double duration, int code, bool ticking) {
  int count = 0;
  const double start = monotonic();
  while (monotonic() - start < duration) {
    flash(code);
    ++count;
    if (ticking && count % (per_second / 4) == 0) host.tick();
    while (count > per_second * (monotonic() - start)) usleep(100);
  }
  return count;
}

double from_environment(const char* name, double otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtod(text, nullptr) : otherwise;
}

bool has_notice(const Host& host, const std::string& code) {
  return std::ranges::any_of(host.notices(), [&](const Notice& notice) { return notice.code == code; });
}

int ends_with(const Host& host, int code) {
  return static_cast<int>(std::ranges::count_if(host.exits(), [&](const ProcessSample& process) {
    return process.exit->code == code && process.parent_pid == getpid();
  }));
}

void expect_no_loss(const Host& host) {
  for (const char* cause : {"ledger_full", "storage_failed", "thread_unknown", "ring_full_exec", "ring_full_exit"}) {
    EXPECT_EQ(host.lost(cause), 0U) << cause;
  }
}

bool only_living_slots(Host& host) {
  std::vector<pid_t> gone;
  for (const ProcessSample& process : host.tick().processes) {
    if (!process.exit && kill(process.key.pid, 0) != 0) gone.push_back(process.key.pid);
  }
  usleep(50'000);
  host.tick();
  return std::ranges::none_of(gone, [&](pid_t pid) { return host.living(pid) != nullptr; });
}

namespace {

// No zombie.
bool lives(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:")) return line.find_first_of("ZX") == std::string::npos;
  }
  return false;
}

// Whoever lives in `there` is in `here` too, by the next tick at the latest: the two do not look at the same moment.
void expect_all_of(Host& there, Host& here, const char* where) {
  std::vector<ProcessSample> absent;
  for (const ProcessSample& process : there.tick().processes) {
    if (!process.exit && here.living(process.key.pid) == nullptr) absent.push_back(process);
  }
  if (absent.empty()) return;
  here.tick();
  for (const ProcessSample& process : absent) {
    EXPECT_TRUE(here.living(process.key.pid) != nullptr || !lives(process.key.pid))
        << process.comm << " (" << process.key.pid << ") is not in " << where;
  }
}

}  // namespace

void expect_as_a_fresh_sweep(Host& host) {
  Host fresh;
  fresh.tick();
  expect_all_of(host, fresh, "a fresh sweep");
  expect_all_of(fresh, host, "the ledger");
  host.tick();
  fresh.tick();
  const double cpu = host.alive(getpid()).metrics.at(Metric::kCPU);
  EXPECT_NEAR(cpu, fresh.alive(getpid()).metrics.at(Metric::kCPU), cpu_tolerance(cpu) + 0.005);
}

}  // namespace pmon
