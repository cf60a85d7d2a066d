// SPDX-License-Identifier: Apache-2.0
#include "collect/losses.h"

#include <fmt/format.h>

namespace pmon {

namespace {

struct CauseRow {
  const char* name;  // label `cause`, and the notice's code
  const char* what;  // "{} processes got no slot"
  const char* remedy;
};

// In the order of enum pmon_loss.
constexpr std::array<CauseRow, PMON_LOSS_COUNT> kCauses = {{
    {"ledger_full", "{} births found the ledger full", "raise --ledger-slots or shorten --interval"},
    {"storage_failed", "{} threads got no storage in the kernel", "the host is short of memory"},
    {"ring_full_exec", "{} exec events did not fit in the ring", "raise --ring-bytes; names are read from the ledger"},
    {"ring_full_exit", "{} exit events did not fit in the ring", "raise --ring-bytes; exits are read from the ledger"},
    {"ring_full_oom", "{} OOM-kill events did not fit in the ring", "raise --ring-bytes"},
    {"free_failed", "{} slots could not be given back", "restart pmon when this grows"},
}};

}  // namespace

bool LossWatch::update(const pmon_control& control) {
  bool lost = false;
  for (std::size_t i = 0; i < causes_.size(); ++i) {
    causes_[i].total = control.lost[i];
    lost |= causes_[i].total != causes_[i].healed;
  }
  return lost;
}

// Losses that came while the sweep ran count as not healed: one more sweep settles them.
void LossWatch::swept(const pmon_control& control) {
  for (std::size_t i = 0; i < causes_.size(); ++i) {
    Cause& cause = causes_[i];
    if (cause.healed != cause.total && control.lost[i] == cause.total) cause.healing_told = false;
    if (control.lost[i] == cause.total) cause.healed = cause.total;
  }
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
    if (cause.total != cause.reported) {
      out.notices.push_back({Notice::Level::kWarning, row.name,
                             fmt::format(fmt::runtime(row.what), cause.total - cause.reported) + " (" + row.remedy + ")"});
      cause.reported = cause.total;
    }
    if (!cause.healing_told && cause.healed == cause.total) {
      out.notices.push_back({Notice::Level::kInfo, std::string(row.name) + "_healed",
                             "a sweep has found every living process again"});
      cause.healing_told = true;
    }
  }
  for (const auto& [name, total] : user_) out.losses.push_back({name, total, false});
}

}  // namespace pmon
