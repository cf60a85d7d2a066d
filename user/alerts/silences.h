// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/matcher.h"
#include "pmon/labels.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::alerts {

// Mutes alerts that match all of its matchers, from starts_at until before ends_at. Times are those of the
// clock on the wall, for people write them.
struct Silence {
  std::string id;
  std::vector<LabelMatcher> matchers;
  Timestamp starts_at = 0;
  Timestamp ends_at = 0;
  Timestamp updated_at = 0;
  std::string created_by;
  std::string comment;

  bool operator==(const Silence&) const = default;
};

enum class SilenceState : std::uint8_t { kPending, kActive, kExpired };

[[nodiscard]] SilenceState state_of(const Silence& silence, Timestamp t);
// "pending", "active", "expired".
[[nodiscard]] std::string_view name_of(SilenceState state);

// Expired silences are listed for so long (Alertmanager's retention).
inline constexpr Timestamp kSilenceRetention = 120LL * 60 * 60 * 1000;

// A set of silences, in the order in which they were made. No clock, no threads.
class Silences {
 public:
  // Made now. Errors (kUsage): those of insert(); an end that is not after the start or not after now.
  [[nodiscard]] Result<void> add(Silence silence, Timestamp now);
  // Made before, and over by now perhaps. Errors (kUsage): no matchers, or none that asks for anything (a silence
  // of everything is a mistake, as in Alertmanager); an id that is taken.
  [[nodiscard]] Result<void> insert(Silence silence);
  // Ends it now; a pending one never starts. Errors (kUsage): there is none with this id, or it is over already.
  [[nodiscard]] Result<void> expire(std::string_view id, Timestamp now);
  // Drops what expired before t.
  void forget_expired_before(Timestamp t);

  // Whether some silence that is active at t matches.
  [[nodiscard]] bool silenced(const Labels& labels, Timestamp t) const;
  [[nodiscard]] const std::vector<Silence>& all() const { return silences_; }

  bool operator==(const Silences&) const = default;

 private:
  std::vector<Silence> silences_;
};

// The text of a silence file: JSON, a version and Alertmanager's own form of silences.
[[nodiscard]] std::string silences_text(const Silences& silences);
// Reads it back. Strict: errors (kUsage) name the place and what was expected there.
[[nodiscard]] Result<Silences> parse_silences(std::string_view text);

// A JSON array as Alertmanager's GET /api/v2/silences gives it, with the state at t.
[[nodiscard]] std::string silences_json(std::span<const Silence> silences, Timestamp t);

}  // namespace pmon::alerts
