// SPDX-License-Identifier: Apache-2.0
#include "promql/syntax_error.h"

#include <algorithm>

#include <fmt/format.h>

namespace pmon::promql {

std::string render(const SyntaxError& error, std::string_view text) {
  const std::size_t place = std::min(error.place, text.size());
  const std::string_view before = text.substr(0, place);
  const std::size_t newline = before.rfind('\n');
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  const std::string_view line = text.substr(start, text.find('\n', start) - start);
  // The caret line copies tabs, so that it lines up whatever their width; UTF-8 counts by characters.
  std::string indent;
  for (const char c : text.substr(start, place - start)) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) indent += c == '\t' ? '\t' : ' ';
  }
  return fmt::format("{}:{}: {}\n  {}\n  {}^", std::count(before.begin(), before.end(), '\n') + 1, indent.size() + 1,
                     error.message, line, indent);
}

}  // namespace pmon::promql
