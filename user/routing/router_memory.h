// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon::routing {

// The end of an alert, which its receivers are still to be told.
struct Resolution {
  std::string reason;
  double value = 0;
  Timestamp active_since = 0;
  Labels annotations;
};

// What a Router must know to go on where another one stopped. Times are those of the engine, as update() got them.
struct RouterMemory {
  // When a group is next told what is new.
  struct Group {
    std::string key;
    Timestamp due = 0;
    bool operator==(const Group&) const = default;
  };
  // A receiver was told that an alert fires, and not yet that it does not.
  struct Told {
    std::string receiver;
    std::string group_key;
    Labels labels;
    Timestamp at = 0;  // when it was last told
    std::optional<Resolution> ended;
  };

  std::vector<Group> groups;  // by key
  std::vector<Told> told;     // by labels, then group key
};

}  // namespace pmon::routing
