// SPDX-License-Identifier: Apache-2.0
#include "recording/value_codec.h"

#include <cmath>

namespace pmon::recording {

namespace {

// The two low bits of the varint: what the rest counts.
enum Unit : std::uint64_t { kOnes = 0, kNanos = 1, kBits = 2, kPages = 3 };

constexpr std::int64_t kPage = 4096;
constexpr double kLargest = 0x1p59;  // differences keep clear of the two bits of the unit

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

// The whole number that stands for the value exactly; absent where there is none.
std::optional<std::int64_t> as_ones(double value) {
  if (!(std::abs(value) < kLargest)) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(value);
  return same_bits(static_cast<double>(whole), value) ? std::optional(whole) : std::nullopt;
}

std::optional<std::int64_t> as_nanos(double value) {
  if (!(std::abs(value) * 1e9 < kLargest)) return std::nullopt;
  const std::int64_t nanos = std::llround(value * 1e9);
  return same_bits(static_cast<double>(nanos) / 1e9, value) ? std::optional(nanos) : std::nullopt;
}

std::int64_t ones_before(std::optional<double> previous) { return previous ? as_ones(*previous).value_or(0) : 0; }
std::int64_t nanos_before(std::optional<double> previous) { return previous ? as_nanos(*previous).value_or(0) : 0; }

}  // namespace

void encode_value(double value, std::optional<double> previous, WireWriter& out) {
  if (const auto ones = as_ones(value)) {
    const std::int64_t change = *ones - ones_before(previous);
    const bool pages = change % kPage == 0;
    out.varint(zigzag(pages ? change / kPage : change) << 2 | (pages ? kPages : kOnes));
  } else if (const auto nanos = as_nanos(value)) {
    out.varint(zigzag(*nanos - nanos_before(previous)) << 2 | kNanos);
  } else {
    out.varint(kBits);
    out.number(value);
  }
}

double decode_value(std::optional<double> previous, WireReader& in) {
  const std::uint64_t word = in.varint();
  const std::int64_t change = unzigzag(word >> 2);
  switch (static_cast<Unit>(word & 3)) {
    case kOnes: return static_cast<double>(wrapping_add(ones_before(previous), change));
    case kNanos: return static_cast<double>(wrapping_add(nanos_before(previous), change)) / 1e9;
    case kBits: return in.number();
    case kPages: {
      const auto bytes = static_cast<std::int64_t>(static_cast<std::uint64_t>(change) * kPage);
      return static_cast<double>(wrapping_add(ones_before(previous), bytes));
    }
  }
  return 0;
}

}  // namespace pmon::recording
