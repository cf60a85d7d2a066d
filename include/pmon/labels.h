// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pmon {

// A label set, sorted by name, names unique. An empty value means that the label is absent, as in
// Prometheus, so such labels are not stored.
class Labels {
 public:
  using Pair = std::pair<std::string, std::string>;

  Labels() = default;
  Labels(std::initializer_list<Pair> pairs);

  void set(std::string_view name, std::string_view value);
  void erase(std::string_view name);
  // "" where the label is absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

  [[nodiscard]] auto begin() const { return pairs_.begin(); }
  [[nodiscard]] auto end() const { return pairs_.end(); }
  [[nodiscard]] std::size_t size() const { return pairs_.size(); }
  [[nodiscard]] bool empty() const { return pairs_.empty(); }
  [[nodiscard]] std::size_t hash() const;
  // {a="b", c="d"} with Go's quoting; __name__ in front of the braces.
  [[nodiscard]] std::string text() const;
  // {__name__="x", a="b"}, as Prometheus's errors have it.
  [[nodiscard]] std::string braced() const;

  auto operator<=>(const Labels&) const = default;
  bool operator==(const Labels&) const = default;

 private:
  std::vector<Pair> pairs_;
};

// In double quotes, escaped as Go's %q does for the bytes that labels hold.
[[nodiscard]] std::string quoted(std::string_view value);

inline constexpr std::string_view kNameLabel = "__name__";

}  // namespace pmon
