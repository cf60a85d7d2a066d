// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "promql/eval.h"

namespace pmon::promql {

// Element numbers by group, groups in the order in which they are first seen.
class Grouping {
 public:
  explicit Grouping(const Aggregate& aggregate) : aggregate_(aggregate) {
    labels_ = aggregate.labels;
    std::sort(labels_.begin(), labels_.end());
  }

  // The number of the element's group. No label set is made for it: groups are compared by their first element.
  std::size_t group_of(const Element& element) {
    const std::size_t hash = hash_of(element);
    const auto [begin, end] = by_hash_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      if (same(firsts_[at->second], element)) return at->second;
    }
    firsts_.push_back(element);
    by_hash_.emplace(hash, firsts_.size() - 1);
    return firsts_.size() - 1;
  }

  [[nodiscard]] std::size_t size() const { return firsts_.size(); }

  // The labels that the group's result bears, __name__ among them if it was asked for.
  [[nodiscard]] Labels labels_of(std::size_t group) const {
    const Element& element = firsts_[group];
    Labels out;
    if (aggregate_.without) {
      out = *element.labels;
      for (const std::string& label : labels_) out.erase(label);
      return out;
    }
    for (const std::string& label : labels_) out.set(label, value(element, label));
    return out;
  }

 private:
  static std::string_view value(const Element& element, std::string_view label) {
    if (label != kNameLabel) return element.labels->get(label);
    return element.name != nullptr ? std::string_view(*element.name) : std::string_view();
  }
  [[nodiscard]] bool dropped(std::string_view label) const {
    return std::binary_search(labels_.begin(), labels_.end(), label);
  }
  [[nodiscard]] std::size_t hash_of(const Element& element) const {
    std::size_t hash = 0;
    const auto mix = [&hash](std::string_view text) {
      hash = (hash ^ std::hash<std::string_view>()(text)) * 0x9e3779b97f4a7c15;
    };
    if (aggregate_.without) {
      for (const auto& [name, text] : *element.labels) {
        if (dropped(name)) continue;
        mix(name);
        mix(text);
      }
    } else {
      for (const std::string& label : labels_) mix(value(element, label));
    }
    return hash;
  }
  [[nodiscard]] bool same(const Element& a, const Element& b) const {
    if (a.labels == b.labels && a.name == b.name) return true;
    if (!aggregate_.without) {
      return std::all_of(labels_.begin(), labels_.end(),
                         [&](const std::string& label) { return value(a, label) == value(b, label); });
    }
    auto left = a.labels->begin();
    auto right = b.labels->begin();
    const auto skip = [this](auto& at, auto end) {
      while (at != end && dropped(at->first)) ++at;
    };
    while (true) {
      skip(left, a.labels->end());
      skip(right, b.labels->end());
      if (left == a.labels->end() || right == b.labels->end()) {
        return left == a.labels->end() && right == b.labels->end();
      }
      if (*left++ != *right++) return false;
    }
  }

  const Aggregate& aggregate_;
  std::vector<std::string> labels_;
  std::vector<Element> firsts_;
  std::unordered_multimap<std::size_t, std::size_t> by_hash_;
};

// count_values("label", v): count_values.cpp.
[[nodiscard]] InstantVector count_values(Evaluator& evaluator, const Aggregate& aggregate, const InstantVector& input);

}  // namespace pmon::promql
