// SPDX-License-Identifier: Apache-2.0
#include "series/label_pool.h"

#include <string>

namespace pmon {

namespace {

// What a label set takes on the heap; short strings live inside their pair.
std::size_t heap_bytes(const Labels& labels) {
  std::size_t bytes = labels.size() * sizeof(Labels::Pair);
  for (const auto& [name, value] : labels) {
    if (name.capacity() > std::string().capacity()) bytes += name.capacity();
    if (value.capacity() > std::string().capacity()) bytes += value.capacity();
  }
  return bytes;
}

}  // namespace

LabelPool::Entry& LabelPool::intern(const Labels& labels) {
  const auto [at, added] = entries_.try_emplace(labels);
  if (added) {
    at->second.labels = &at->first;
    text_bytes_ += heap_bytes(at->first);
  }
  return at->second;
}

const Labels* LabelPool::find(const Labels& labels) const {
  const auto at = entries_.find(labels);
  return at == entries_.end() ? nullptr : &at->first;
}

void LabelPool::remove(const Labels* labels, std::uint32_t name) {
  const auto at = entries_.find(*labels);
  std::erase_if(at->second.members, [name](const Entry::Member& member) { return member.name == name; });
  if (!at->second.members.empty()) return;
  text_bytes_ -= heap_bytes(at->first);
  entries_.erase(at);
}

std::size_t LabelPool::memory_bytes() const {
  // A node: the pair, its hash, the link; and the usual handful of members.
  constexpr std::size_t kNode = sizeof(std::pair<const Labels, Entry>) + 2 * sizeof(void*);
  constexpr std::size_t kMembers = 16 * sizeof(Entry::Member);
  return text_bytes_ + entries_.size() * (kNode + kMembers) + entries_.bucket_count() * sizeof(void*);
}

}  // namespace pmon
