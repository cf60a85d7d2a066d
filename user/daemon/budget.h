// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/settings.h"
#include "pmon/snapshot.h"

namespace pmon::daemon {

struct BudgetLimits {
  double cpu_cores = 0.1;
  double memory_bytes = 128e6;
};

// How much pmon does without, in the order in which it gives things up.
enum class Level : std::uint8_t {
  kFull,
  kLongerInterval,  // looks four times less often
  kFewerSeries,     // and only the declared targets and processes with an alert have series of their own
  kFewerHooks,      // and the kernel side does not count regions of faults and mappings any more
};
inline constexpr int kLevels = 4;

// "full", "longer_interval", "fewer_series", "fewer_hooks".
[[nodiscard]] std::string name_of(Level level);

struct OwnUse {
  Timestamp time = 0;
  std::optional<double> cpu_seconds;     // so far
  std::optional<double> resident_bytes;  // now
};

// Watches what pmon itself uses, and decides when it must do with less. One level down after a minute above a limit,
// one up after five minutes in which the next higher one would have fit. Pure: time comes with the numbers.
class Budget {
 public:
  static constexpr Timestamp kPatience = 60'000;
  static constexpr Timestamp kRecovery = 300'000;

  explicit Budget(BudgetLimits limits) : limits_(limits) {}

  struct Step {
    Level level;
    Notice notice;
  };
  // At each tick. A step, where one is due.
  [[nodiscard]] std::optional<Step> update(const OwnUse& use);
  // Whether update() at this time would judge what has been used: memory that was freed should be given back before.
  [[nodiscard]] bool judges_at(Timestamp time) const { return window_ && time - window_->time >= kPatience; }
  // Above this there is no room for a higher level.
  [[nodiscard]] double roomy_memory_bytes() const;
  [[nodiscard]] Level level() const { return level_; }
  void set_limits(BudgetLimits limits) { limits_ = limits; }

 private:
  [[nodiscard]] Step step(Level level, Notice::Level how, std::string why);
  void begin_window(const OwnUse& use);

  BudgetLimits limits_;
  Level level_ = Level::kFull;
  std::optional<OwnUse> window_;  // where the present measurement began
  Timestamp calm_since_ = 0;      // since when everything has fit with room
};

[[nodiscard]] BudgetLimits limits_of(const Settings& settings);
// The tenth of a core that a host of ten cores gives; a hundredth of a smaller host.
[[nodiscard]] double default_cpu_limit(unsigned host_cores);

}  // namespace pmon::daemon
