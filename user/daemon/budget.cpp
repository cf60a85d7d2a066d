// SPDX-License-Identifier: Apache-2.0
#include "daemon/budget.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace pmon::daemon {

namespace {

// Below this part of a limit there is room for the next higher level.
constexpr double kRoomForCpu = 0.25;  // its interval is a quarter
constexpr double kRoomForMemory = 0.75;

}  // namespace

std::string name_of(Level level) {
  switch (level) {
    case Level::kFull: return "full";
    case Level::kLongerInterval: return "longer_interval";
    case Level::kFewerSeries: return "fewer_series";
    case Level::kFewerHooks: return "fewer_hooks";
  }
  return "";
}

double default_cpu_limit(unsigned host_cores) { return std::min(0.1, 0.01 * std::max(1U, host_cores)); }

BudgetLimits limits_of(const Settings& settings) {
  const double cores =
      settings.cpu_cores > 0 ? settings.cpu_cores : default_cpu_limit(std::thread::hardware_concurrency());
  return {.cpu_cores = cores, .memory_bytes = static_cast<double>(settings.memory_bytes)};
}

double Budget::roomy_memory_bytes() const { return limits_.memory_bytes * kRoomForMemory; }

void Budget::begin_window(const OwnUse& use) { window_ = use; }

Budget::Step Budget::step(Level level, Notice::Level how, std::string why) {
  level_ = level;
  return {level, {how, how == Notice::Level::kInfo ? "budget_recovered" : "budget_exceeded", std::move(why)}};
}

std::optional<Budget::Step> Budget::update(const OwnUse& use) {
  if (!window_) {
    begin_window(use);
    calm_since_ = use.time;
    return std::nullopt;
  }
  const Timestamp length = use.time - window_->time;
  if (!judges_at(use.time) || !use.cpu_seconds || !window_->cpu_seconds) return std::nullopt;
  const double cores = (*use.cpu_seconds - *window_->cpu_seconds) * 1000 / static_cast<double>(length);
  const double memory = use.resident_bytes.value_or(0);
  begin_window(use);
  const bool cpu_over = cores > limits_.cpu_cores;
  const bool memory_over = memory > limits_.memory_bytes;
  if (cpu_over || memory_over) {
    calm_since_ = use.time;
    if (level_ == Level::kFewerHooks) return std::nullopt;
    const std::string why = cpu_over ? fmt::format("pmon used {:.3f} cores for {} s, more than its limit of {:.3f}",
                                                   cores, length / 1000, limits_.cpu_cores)
                                     : fmt::format("pmon has {:.0f} MB resident, more than its limit of {:.0f} MB",
                                                   memory / 1e6, limits_.memory_bytes / 1e6);
    const Level next = static_cast<Level>(static_cast<int>(level_) + 1);
    return step(
        next, Notice::Level::kWarning,
        why + ": it goes on with level " + name_of(next) + " (raise limits.cpu or limits.memory to avoid this)");
  }
  const bool room = cores < limits_.cpu_cores * kRoomForCpu && memory < roomy_memory_bytes();
  if (!room) calm_since_ = use.time;
  if (level_ == Level::kFull || use.time - calm_since_ < kRecovery) return std::nullopt;
  calm_since_ = use.time;
  const Level next = static_cast<Level>(static_cast<int>(level_) - 1);
  return step(
      next, Notice::Level::kInfo,
      fmt::format("pmon used {:.3f} cores and {:.0f} MB: it is back at level {}", cores, memory / 1e6, name_of(next)));
}

}  // namespace pmon::daemon
