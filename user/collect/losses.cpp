// SPDX-License-Identifier: Apache-2.0
#include "collect/losses.h"

#include <utility>

#include <fmt/format.h>

namespace pmon {

namespace {

struct CauseRow {
  const char* name;  // label `cause`, and the notice's code
  const char* what;  // in front of the number
  const char* remedy;
  bool healable;  // a sweep makes it good
};

constexpr Timestamp kTellEvery = 60'000;

// In the order of enum pmon_loss.
constexpr std::array<CauseRow, PMON_LOSS_COUNT> kCauses = {{
    {"ledger_full", "processes without a place in the kernel's table (the ledger)",
     "raise --ledger-slots or shorten --interval", true},
    {"storage_failed", "threads that got no storage in the kernel", "the host is short of memory", true},
    {"thread_unknown", "threads that began or ended unseen", "part of what they used may be missing", true},
    {"ring_full_exec", "exec events that did not fit in the ring buffer",
     "raise --ring-bytes; the names are read from the ledger", true},
    {"ring_full_exit", "exit events that did not fit in the ring buffer",
     "raise --ring-bytes; the exits are read from the ledger", true},
    {"ring_full_oom", "OOM-kill events that did not fit in the ring buffer", "raise --ring-bytes", false},
}};

}  // namespace

bool LossWatch::update(const pmon_control& control) {
  bool lost = false;
  for (std::size_t i = 0; i < causes_.size(); ++i) {
    causes_[i].total = control.lost[i];
    lost |= kCauses[i].healable && causes_[i].total != causes_[i].healed;
  }
  return lost;
}

// Losses that came while the sweep ran count as not healed: one more sweep settles them.
void LossWatch::swept(const pmon_control& control) {
  for (std::size_t i = 0; i < causes_.size(); ++i) {
    Cause& cause = causes_[i];
    if (!kCauses[i].healable || control.lost[i] != cause.total) continue;
    if (i == PMON_LOSS_LEDGER_FULL && control.without_slot != 0) continue;
    if (cause.healed != cause.total) cause.healing_told = false;
    cause.healed = cause.total;
  }
}

void LossWatch::count_user(const std::string& cause, std::string why) {
  UserCause& counted = user_[cause];
  ++counted.total;
  counted.why = std::move(why);
}

bool LossWatch::lost_execs() const {
  const Cause& cause = causes_[PMON_LOSS_RING_FULL_EXEC];
  return cause.total != cause.reported;
}

void LossWatch::report(Snapshot& out) {
  for (std::size_t i = 0; i < causes_.size(); ++i) {
    Cause& cause = causes_[i];
    const CauseRow& row = kCauses[i];
    out.losses.push_back({row.name, cause.total, cause.healed == cause.total});
    const bool heals =
        !cause.healing_told && cause.healed == cause.total && out.time - cause.healing_told_at >= kTellEvery;
    if (cause.total != cause.reported && (heals || out.time - cause.told_at >= kTellEvery)) {
      out.notices.push_back({Notice::Level::kWarning, row.name,
                             fmt::format("{}: {} ({})", row.what, cause.total - cause.reported, row.remedy)});
      cause.reported = cause.total;
      cause.told_at = out.time;
    }
    if (heals) {
      out.notices.push_back(
          {Notice::Level::kInfo, std::string(row.name) + "_healed", "a sweep has found every living process again"});
      cause.healing_told = true;
      cause.healing_told_at = out.time;
    }
  }
  for (auto& [name, cause] : user_) {
    out.losses.push_back({name, cause.total, false});
    if (cause.total == cause.reported || out.time - cause.told_at < kTellEvery) continue;
    out.notices.push_back(
        {Notice::Level::kWarning, name,
         fmt::format("{} {} times", cause.why.empty() ? name : cause.why, cause.total - cause.reported)});
    cause.reported = cause.total;
    cause.told_at = out.time;
  }
}

}  // namespace pmon
