// SPDX-License-Identifier: Apache-2.0
#include "alerts/recorder.h"

namespace pmon::alerts {

void Recorder::write(SeriesStore& store, Owned& owned, Key key, double value) {
  const auto [mine, is_new] = owned.try_emplace(std::move(key), round_);
  mine->second = round_;
  auto at = open_.find(mine->first);
  if (at == open_.end()) {
    at = open_.emplace(mine->first, Open{store.open(mine->first.first, mine->first.second), 0}).first;
  }
  if (is_new) ++at->second.owners;
  store.append(at->second.ref, value);
}

void Recorder::end(SeriesStore& store, Owned& owned) {
  for (auto at = owned.begin(); at != owned.end();) {
    if (at->second == round_) {
      ++at;
      continue;
    }
    give_back(store, at->first);
    at = owned.erase(at);
  }
}

void Recorder::drop(SeriesStore& store, const Owned& owned) {
  for (const auto& [key, round] : owned) give_back(store, key);
}

void Recorder::give_back(SeriesStore& store, const Key& key) {
  const auto at = open_.find(key);
  if (at == open_.end() || --at->second.owners > 0) return;
  store.release(at->second.ref);
  open_.erase(at);
}

}  // namespace pmon::alerts
