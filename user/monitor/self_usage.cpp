// SPDX-License-Identifier: Apache-2.0
#include "monitor/self_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace pmon::monitor {

SelfUsage self_usage() {
  SelfUsage usage;
  rusage own{};
  if (getrusage(RUSAGE_SELF, &own) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    usage.cpu_seconds = seconds(own.ru_utime) + seconds(own.ru_stime);
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

}  // namespace pmon::monitor
