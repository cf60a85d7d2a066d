// SPDX-License-Identifier: Apache-2.0
#include "export/encoded.h"

namespace pmon {

void Batches::add(std::string_view line, std::uint32_t samples) {
  auto& items = encoded_.items;
  const bool full = !items.empty() && (lines_ >= most_lines_ || items.back().body.size() + line.size() >= kMostBytes);
  if (items.empty() || full) {
    items.push_back({{}, 0});
    lines_ = 0;
  }
  items.back().body.append(line).append("\n");
  items.back().count += samples;
  ++lines_;
}

Labels with_tags(const Labels& labels, const Labels& tags) {
  Labels all = labels;
  for (const auto& [name, value] : tags) {
    if (!all.has(name)) all.set(name, value);
  }
  return all;
}

}  // namespace pmon
