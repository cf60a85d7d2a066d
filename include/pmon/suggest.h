// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pmon {

// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`
// (optimal string alignment), upper and lower case counting as equal.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate that the writer of `word` probably meant: the nearest, the first of equals; "" where
// none is near enough (more than a third of the letters differ, or no letter would stay).
[[nodiscard]] std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);
[[nodiscard]] std::string_view closest(std::string_view word, std::span<const std::string> candidates);

// " (did you mean 'x'?)", or "" where no candidate is near enough; to be appended to a message.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace pmon
