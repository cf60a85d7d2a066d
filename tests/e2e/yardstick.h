// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <stdexcept>

#include "support/child.h"

namespace pmon::test {

// How much slower this host is at present than the one that the limits are about, 1 at least: by what pidstat takes to
// read that many processes, which it does twice here; 390 ms for 8,000 (docs/performance.md).
inline double slowness(std::size_t processes) {
  constexpr double kOneReading = 0.390 / 8000;
  const auto children_cpu = [] {
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  };
  const double before = children_cpu();
  if (run({"pidstat", "-u", "-r", "1", "1"}).status != 0) throw std::runtime_error("pidstat does not run");
  const double taken = children_cpu() - before;
  const double slower = taken / 2 / (kOneReading * static_cast<double>(processes));
  std::printf("pidstat takes %.0f ms for %zu processes, %.2f times what it should\n", taken * 1000 / 2, processes,
              slower);
  return std::max(1.0, slower);
}

}  // namespace pmon::test
