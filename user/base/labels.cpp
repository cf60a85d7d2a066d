// SPDX-License-Identifier: Apache-2.0
#include "pmon/labels.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace pmon {

namespace {

bool name_less(const Labels::Pair& pair, std::string_view name) { return pair.first < name; }

}  // namespace

std::string quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

Labels::Labels(std::initializer_list<Pair> pairs) {
  for (const auto& [name, value] : pairs) set(name, value);
}

void Labels::set(std::string_view name, std::string_view value) {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, name_less);
  const bool found = at != pairs_.end() && at->first == name;
  if (value.empty()) {
    if (found) pairs_.erase(at);
  } else if (found) {
    at->second = value;
  } else {
    pairs_.emplace(at, name, value);
  }
}

void Labels::erase(std::string_view name) { set(name, ""); }

std::string_view Labels::get(std::string_view name) const {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, name_less);
  return at != pairs_.end() && at->first == name ? std::string_view(at->second) : std::string_view();
}

bool Labels::has(std::string_view name) const { return !get(name).empty(); }

std::size_t Labels::hash() const {
  std::size_t seed = pairs_.size();
  const auto mix = [&seed](std::string_view text) {
    seed ^= std::hash<std::string_view>()(text) + 0x9e3779b97f4a7c15 + (seed << 6) + (seed >> 2);
  };
  for (const auto& [name, value] : pairs_) {
    mix(name);
    mix(value);
  }
  return seed;
}

std::string Labels::braced() const {
  std::string inside;
  for (const auto& [name, value] : pairs_) inside += (inside.empty() ? "" : ", ") + name + "=" + pmon::quoted(value);
  return "{" + inside + "}";
}

std::string Labels::text() const {
  std::string out{get(kNameLabel)};
  std::string inside;
  for (const auto& [name, value] : pairs_) {
    if (name == kNameLabel) continue;
    inside += (inside.empty() ? "" : ", ") + name + "=" + pmon::quoted(value);
  }
  if (inside.empty() && !out.empty()) return out;
  return out + "{" + inside + "}";
}

}  // namespace pmon
