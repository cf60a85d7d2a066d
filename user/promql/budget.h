// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace pmon::promql {

// How much work evaluations may still do. Work is counted and not timed, so that an expression over a store always
// ends the same way. A unit is what a sample in a range costs, some nanoseconds; see Work for the rest.
class Budget {
 public:
  explicit constexpr Budget(std::uint64_t work) : left_(work) {}

  // False, and nothing is left from then on, where there is not as much.
  [[nodiscard]] constexpr bool take(std::uint64_t work) {
    const bool enough = work <= left_;
    left_ = enough ? left_ - work : 0;
    return enough;
  }
  [[nodiscard]] constexpr std::uint64_t left() const { return left_; }

 private:
  std::uint64_t left_;
};

// Of one evaluation of a rule, which nobody but the owner of the rules can write: seconds.
inline constexpr std::uint64_t kRuleWork = 500'000'000;
// Of a query that others ask, over all its points: some tenths of a second, for ticks wait behind it.
inline constexpr std::uint64_t kQueryWork = 30'000'000;

// What things cost, measured in samples of a range.
struct Work {
  static constexpr std::uint64_t kStep = 64;     // an operation at one time, whatever it finds
  static constexpr std::uint64_t kElement = 4;   // a series or an element that is looked at
  static constexpr std::uint64_t kWindow = 16;   // a series of which a range is looked at, besides its samples
  static constexpr std::uint64_t kMatch = 64;    // one whose labels a regular expression is asked about
  static constexpr std::uint64_t kGroup = 32;    // one that is put into its group
  static constexpr std::uint64_t kStored = 32;   // a sample that is kept, 16 bytes
  static constexpr std::uint64_t kByte = 8;      // of a label's value that is put together
  static constexpr std::uint64_t kLabels = 128;  // a label set that is made
};

}  // namespace pmon::promql
