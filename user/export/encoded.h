// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "delivery/destination.h"
#include "pmon/labels.h"

namespace pmon {

// What an encoder makes of a window or of events: bodies to be sent one by one.
struct Encoded {
  std::vector<delivery::Item> items;
  std::uint64_t left_out = 0;  // values that the format has no word for: NaN, infinities
};

// Lines in bodies of bounded length; a line goes into one body whole.
class Batches {
 public:
  static constexpr std::size_t kMostBytes = 1 << 20;

  explicit Batches(std::size_t most_lines) : most_lines_(most_lines) {}
  // `samples` is how many values the line has.
  void add(std::string_view line, std::uint32_t samples = 1);
  void leave_out() { ++encoded_.left_out; }
  [[nodiscard]] Encoded take() && { return std::move(encoded_); }

 private:
  std::size_t most_lines_;
  std::size_t lines_ = 0;  // of the last body
  Encoded encoded_;
};

// A series' labels and those that the sink adds; the series' own go first.
[[nodiscard]] Labels with_tags(const Labels& labels, const Labels& tags);

}  // namespace pmon
