// SPDX-License-Identifier: Apache-2.0
#include "alerts/silences.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerts/rfc3339.h"
#include "pmon/suggest.h"

namespace pmon::alerts {

SilenceState state_of(const Silence& silence, Timestamp t) {
  if (t >= silence.ends_at) return SilenceState::kExpired;
  return t < silence.starts_at ? SilenceState::kPending : SilenceState::kActive;
}

std::string_view name_of(SilenceState state) {
  switch (state) {
    case SilenceState::kPending: return "pending";
    case SilenceState::kActive: return "active";
    case SilenceState::kExpired: return "expired";
  }
  return "";
}

Result<void> Silences::insert(Silence silence) {
  if (silence.matchers.empty()) {
    return fail(ErrorKind::kUsage, "a silence needs a matcher", "such as alertname=HeapLeak or comm=~\"php.*\"");
  }
  if (std::ranges::all_of(silence.matchers, [](const LabelMatcher& one) { return one.matches_value(""); })) {
    return fail(ErrorKind::kUsage, fmt::format("{} would silence every alert", text_of(silence.matchers)),
                "at least one matcher must ask for a value, such as alertname=~\".+\"");
  }
  if (std::ranges::find(silences_, silence.id, &Silence::id) != silences_.end()) {
    return fail(ErrorKind::kUsage, fmt::format("there is a silence {} already", silence.id));
  }
  silences_.push_back(std::move(silence));
  return {};
}

Result<void> Silences::add(Silence silence, Timestamp now) {
  if (silence.ends_at <= silence.starts_at) {
    return fail(ErrorKind::kUsage,
                fmt::format("the silence would end at {} and start at {}", format_rfc3339(silence.ends_at),
                            format_rfc3339(silence.starts_at)),
                "give an end after the start");
  }
  if (silence.ends_at <= now) {
    return fail(ErrorKind::kUsage, fmt::format("the silence would be over since {}", format_rfc3339(silence.ends_at)),
                "give an end after now");
  }
  silence.updated_at = now;
  return insert(std::move(silence));
}

Result<void> Silences::expire(std::string_view id, Timestamp now) {
  const auto found = std::ranges::find(silences_, id, &Silence::id);
  if (found == silences_.end()) {
    std::vector<std::string> ids;
    ids.reserve(silences_.size());
    for (const Silence& silence : silences_) ids.push_back(silence.id);
    return fail(ErrorKind::kUsage, fmt::format("no silence {}{}", id, did_you_mean(id, ids)),
                "'pmon silence list' shows them");
  }
  if (state_of(*found, now) == SilenceState::kExpired) {
    return fail(ErrorKind::kUsage, fmt::format("silence {} expired at {}", id, format_rfc3339(found->ends_at)));
  }
  found->starts_at = std::min(found->starts_at, now);
  found->ends_at = now;
  found->updated_at = now;
  return {};
}

void Silences::forget_expired_before(Timestamp t) {
  std::erase_if(silences_, [t](const Silence& silence) { return silence.ends_at < t; });
}

bool Silences::silenced(const Labels& labels, Timestamp t) const {
  return std::ranges::any_of(silences_, [&](const Silence& silence) {
    return state_of(silence, t) == SilenceState::kActive && match_all(silence.matchers, labels);
  });
}

}  // namespace pmon::alerts
