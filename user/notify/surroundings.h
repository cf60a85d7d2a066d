// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "delivery/destination.h"
#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon::notify {

// The clock on the wall, in ms since the epoch.
[[nodiscard]] inline Timestamp system_wall_clock() {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// What all notifiers know of the program around them.
struct Surroundings {
  std::string host = "unknown";
  std::string external_url;  // where this pmon is reached: "http://web1:9777"; may be empty
  Labels external_labels;    // for every alert that leaves the host, such as instance="web1"
  std::function<Timestamp()> wall = system_wall_clock;
  std::function<delivery::Clock::time_point()> steady = delivery::Clock::now;  // for limits of so many a minute
};

}  // namespace pmon::notify
