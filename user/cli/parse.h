// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cli/command.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace CLI {
class App;
}

namespace pmon::cli {

enum class Parsed { kRun, kHelpShown };

// Parses the words with the options that were declared on `app`; "--help" prints and is no error.
// Errors (kUsage) name the word, what was probably meant, and where the help is.
[[nodiscard]] Result<Parsed> parse(CLI::App& app, const Words& words);

// A whole number and nothing else, within [low, high]. `option` is for the message: "--max-series".
template <typename T>
[[nodiscard]] Result<T> parse_number(std::string_view option, std::string_view text, T low, T high) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    return fail(ErrorKind::kUsage, fmt::format("{}: '{}' is not a whole number", option, text));
  }
  if (error != std::errc{} || value < low || value > high) {
    return fail(ErrorKind::kUsage, fmt::format("{}: {} is not within {} to {}", option, text, low, high));
  }
  return value;
}

// "100ms", "30s", "1m30s", "1h": whole numbers with units d, h, m, s, ms, the greater units first, each
// at most once. In milliseconds, within [low, high].
[[nodiscard]] Result<Timestamp> parse_duration(std::string_view option, std::string_view text, Timestamp low,
                                               Timestamp high);

// "100M", "512K", "1G", "4096": a whole number of bytes, or of powers of 1024. Within [low, high].
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view option, std::string_view text, std::uint64_t low,
                                               std::uint64_t high);

}  // namespace pmon::cli
