// SPDX-License-Identifier: Apache-2.0
// Differences over a range: rate, increase, delta, their instant forms, and counts of changes.
#include <cmath>

#include "promql/functions.h"

namespace pmon::promql {

namespace {

struct Difference {
  double value;  // last sample less first
  double first_value;
  TickIndex first;
  TickIndex last;
  std::uint32_t samples;
};

// For counters, what each had reached when it started again is added, in order.
Difference difference(const Window& window, bool counter) {
  if (window.rising()) {
    const TickIndex first = window.frame().first;
    const TickIndex last = window.last_tick();
    const double first_value = window.value_at(first);
    return {window.value_at(last) - first_value, first_value, first, last, last - first + 1};
  }
  const Run first = window.first_run();
  const Run last = window.last_run();
  Difference out{last.value - first.value, first.value, first.first, last.last, 0};
  double previous = first.value;
  window.for_each_run([&](const Run& run) {
    if (counter && run.value < previous) out.value += previous;
    previous = run.value;
    out.samples += run.last - run.first + 1;
  });
  return out;
}

double seconds(Timestamp from, Timestamp to) { return static_cast<double>(to - from) / 1000; }

// Prometheus's extrapolation to the ends of the range: all the way where a sample would be expected there
// (within 1.1 of the average distance), else by half that distance; a counter not below its zero.
bool extrapolated(const Window& window, bool counter, bool per_second, double& out) {
  const WindowFrame& frame = window.frame();
  const Difference samples = difference(window, counter);
  if (samples.samples < 2) return false;
  const Timestamp first_time = window.time(samples.first);
  const Timestamp last_time = window.time(samples.last);
  const double result = samples.value;

  double to_start = seconds(frame.range_start, first_time);
  const double to_end = seconds(last_time, frame.range_end);
  const double sampled = seconds(first_time, last_time);
  const double distance = sampled / (samples.samples - 1);
  if (counter && result > 0 && samples.first_value >= 0) {
    const double to_zero = sampled * (samples.first_value / result);
    if (to_zero < to_start) to_start = to_zero;
  }
  const double threshold = distance * 1.1;
  double extent = sampled;
  extent += to_start < threshold ? to_start : distance / 2;
  extent += to_end < threshold ? to_end : distance / 2;
  double factor = extent / sampled;
  if (per_second) factor /= frame.range_seconds();
  out = result * factor;
  return true;
}

bool rate(const Window& window, std::span<const double>, double& out) { return extrapolated(window, true, true, out); }
bool increase(const Window& window, std::span<const double>, double& out) {
  return extrapolated(window, true, false, out);
}
bool delta(const Window& window, std::span<const double>, double& out) {
  return extrapolated(window, false, false, out);
}

// The last two samples.
bool instant_difference(const Window& window, bool counter, double& out) {
  const Run last = window.last_run();
  Run previous{last.last - 1, last.last - 1, last.value};
  if (last.first == last.last && !window.run_before_last(previous)) return false;
  out = counter && last.value < previous.value ? last.value : last.value - previous.value;
  if (counter) out /= seconds(window.time(previous.last), window.time(last.last));
  return true;
}

bool irate(const Window& window, std::span<const double>, double& out) { return instant_difference(window, true, out); }
bool idelta(const Window& window, std::span<const double>, double& out) {
  return instant_difference(window, false, out);
}

bool changes(const Window& window, std::span<const double>, double& out) {
  double previous = window.first_run().value;
  out = 0;
  window.for_each_run([&](const Run& run) {
    if (run.value != previous && !(std::isnan(run.value) && std::isnan(previous))) ++out;
    previous = run.value;
  });
  return true;
}

bool resets(const Window& window, std::span<const double>, double& out) {
  out = 0;
  if (window.rising()) return true;
  double previous = window.first_run().value;
  window.for_each_run([&](const Run& run) {
    if (run.value < previous) ++out;
    previous = run.value;
  });
  return true;
}

constexpr Function kRateRows[] = {
    over_range("rate", rate),     over_range("increase", increase), over_range("delta", delta),
    over_range("irate", irate),   over_range("idelta", idelta),     over_range("changes", changes),
    over_range("resets", resets),
};

}  // namespace

constinit const std::span<const Function> kRateFunctions = kRateRows;

}  // namespace pmon::promql
