// SPDX-License-Identifier: Apache-2.0
#include "monitor/self_usage.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace pmon::monitor {

namespace {

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

SelfUsage thread_usage() {
  SelfUsage usage;
  rusage own{};
  if (getrusage(RUSAGE_THREAD, &own) == 0) usage.cpu_seconds = cpu_seconds(own);
  return usage;
}

SelfUsage self_usage() {
  SelfUsage usage;
  rusage own{};
  if (getrusage(RUSAGE_SELF, &own) == 0) {
    usage.cpu_seconds = cpu_seconds(own);
    usage.peak_bytes = static_cast<double>(own.ru_maxrss) * 1024;
  }
  if (FILE* statm = fopen("/proc/self/statm", "re"); statm != nullptr) {
    long total = 0;
    long resident = 0;
    if (fscanf(statm, "%ld %ld", &total, &resident) == 2) {
      usage.resident_bytes = static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
    }
    fclose(statm);
  }
  return usage;
}

void give_back_freed_memory() { ::malloc_trim(0); }

}  // namespace pmon::monitor
