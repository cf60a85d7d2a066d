// SPDX-License-Identifier: Apache-2.0
// idle: has a monitor that looks every 10 s and does nothing else; tells which part of a CPU the whole program used
// from its first look on, and the look on which that is based.
#include <pmon/monitor.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

}  // namespace

int main() {
  auto monitor = pmon::Monitor::start({.interval = 10s});
  if (!monitor) {
    std::fprintf(stderr, "%s\n", monitor.error().text().c_str());
    return 1;
  }
  while (monitor->health().find(R"("ready":true)") == std::string::npos) std::this_thread::sleep_for(10ms);
  const double before = cpu_seconds();
  std::this_thread::sleep_for(21s);  // two looks
  const double used = cpu_seconds() - before;
  std::printf("%.4f %% of a CPU\n", used / 21 * 100);
  return used > 0 && used / 21 < 0.001 ? 0 : 1;
}
