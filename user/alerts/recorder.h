// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "pmon/labels.h"
#include "series/series_store.h"

namespace pmon::alerts {

// Writes what rules compute back into the store. A series lives as long as some rule writes it at each
// of its evaluations; then it is marked as ended.
class Recorder {
 public:
  using Key = std::pair<std::string, Labels>;  // name, labels without it
  // The series of one rule and the evaluation that last wrote each.
  using Owned = std::map<Key, std::size_t>;

  // Samples of one evaluation of one rule; end() drops those of its series that got none.
  void begin() { ++round_; }
  void write(SeriesStore& store, Owned& owned, Key key, double value);
  void end(SeriesStore& store, Owned& owned);
  // The rule is gone.
  void drop(SeriesStore& store, const Owned& owned);

 private:
  struct Open {
    SeriesStore::Ref ref;
    std::size_t owners;
  };
  void give_back(SeriesStore& store, const Key& key);

  std::size_t round_ = 0;
  std::map<Key, Open> open_;  // two rules may record the same series
};

}  // namespace pmon::alerts
