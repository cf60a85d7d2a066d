// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "pmon/labels.h"

namespace pmon {

struct LabelsHash {
  std::size_t operator()(const Labels& labels) const { return labels.hash(); }
};

// Label sets, each kept once: equal sets have equal addresses. Each set knows the series that bear
// it (one per metric name, so a handful), which is how a series is found again.
class LabelPool {
 public:
  struct Entry {
    struct Member {
      std::uint32_t name;  // number of the metric name
      std::uint32_t ref;
    };
    const Labels* labels = nullptr;
    std::vector<Member> members;
  };

  Entry& intern(const Labels& labels);
  // nullptr where the set is unknown.
  [[nodiscard]] const Labels* find(const Labels& labels) const;
  // Takes the member away; a set without members is dropped.
  void remove(const Labels* labels, std::uint32_t name);
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::unordered_map<Labels, Entry, LabelsHash> entries_;
  std::size_t text_bytes_ = 0;
};

}  // namespace pmon
