// SPDX-License-Identifier: Apache-2.0
#include "promql/regex_expand.h"

#include <algorithm>
#include <cstddef>

namespace pmon::promql {

namespace {

// How many bytes of a name `text` starts with: letters and digits of any script, and _.
std::size_t name_size(std::string_view text) {
  static const re2::RE2 word("[\\pL\\p{Nd}_]+");
  re2::StringPiece rest(text.data(), text.size());
  if (!re2::RE2::Consume(&rest, word)) return 0;
  return text.size() - rest.size();
}

std::string group(std::string_view name, const re2::RE2& regex, const std::vector<re2::StringPiece>& groups) {
  constexpr std::size_t kMostDigits = 8;  // as Go reads them
  const bool digits = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
  const bool leading_zero = name.size() > 1 && name.front() == '0';
  std::size_t number = groups.size();
  if (digits && !leading_zero && name.size() <= kMostDigits) {
    number = std::stoul(std::string(name));
  } else if (const auto at = regex.NamedCapturingGroups().find(std::string(name));
             at != regex.NamedCapturingGroups().end()) {
    number = static_cast<std::size_t>(at->second);
  }
  return number < groups.size() ? std::string(groups[number]) : std::string();
}

}  // namespace

std::string regex_expand(std::string_view text, const re2::RE2& regex, const std::vector<re2::StringPiece>& groups) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.starts_with('$')) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    const std::size_t brace = text.starts_with('{') ? 1 : 0;
    const std::size_t size = name_size(text.substr(brace));
    if (size == 0 || (brace == 1 && text.substr(brace + size, 1) != "}")) {
      out += '$';
      continue;
    }
    out += group(text.substr(brace, size), regex, groups);
    text.remove_prefix(size + 2 * brace);
  }
  return out;
}

}  // namespace pmon::promql
