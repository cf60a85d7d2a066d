// SPDX-License-Identifier: Apache-2.0
#include "delivery/tally.h"

#include <algorithm>
#include <utility>

namespace pmon::delivery {
namespace {

constexpr std::array kReasons = {DropReason::kOverflow, DropReason::kRejected, DropReason::kShutdown,
                                 DropReason::kSpoolFull, DropReason::kSpoolDamaged};

}  // namespace

std::string_view name_of(DropReason reason) {
  switch (reason) {
    case DropReason::kOverflow: return "overflow";
    case DropReason::kRejected: return "rejected";
    case DropReason::kShutdown: return "shutdown";
    case DropReason::kSpoolFull: return "spool_full";
    case DropReason::kSpoolDamaged: return "spool_damaged";
  }
  return "";
}

void Tally::add(const Tally& other) {
  pushed_ += other.pushed_;
  sent_ += other.sent_;
  retries_ += other.retries_;
  for (std::size_t i = 0; i < dropped_.size(); ++i) dropped_[i] += other.dropped_[i];
  last_success_ = std::max(last_success_, other.last_success_);
  if (kept_.empty()) kept_ = other.kept_;
}

void Tally::well(Part part, Timestamp now) {
  since(part).reset();
  if (part == Part::kSpool) {
    spool_error_.clear();
  } else {
    last_success_ = now;
  }
}

void Tally::failing(Part part, Timestamp now, std::string what) {
  if (!since(part)) since(part) = now;
  (part == Part::kSpool ? spool_error_ : last_error_) = std::move(what);
}

void Tally::fill(QueueStatus& status) const {
  status.pushed = pushed_;
  status.sent = sent_;
  status.retries = retries_;
  status.last_success = last_success_;
  for (const DropReason reason : kReasons) {
    const std::uint64_t items = dropped_[static_cast<std::size_t>(reason)];
    if (items != 0) status.dropped.emplace(name_of(reason), items);
  }
  status.failing_since.reset();
  for (const auto& since : failing_since_) {
    if (since) status.failing_since = std::min(status.failing_since.value_or(*since), *since);
  }
  status.last_error.clear();
  for (const std::string* text : {&last_error_, &spool_error_, &kept_}) {
    if (text->empty()) continue;
    status.last_error += (status.last_error.empty() ? "" : "; ") + *text;
  }
}

}  // namespace pmon::delivery
