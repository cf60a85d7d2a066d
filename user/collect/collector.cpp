// SPDX-License-Identifier: Apache-2.0
#include "collect/collector.h"

namespace pmon {

std::string_view mode_name(Feature::Mode mode) {
  switch (mode) {
    case Feature::Mode::kFull: return "full";
    case Feature::Mode::kDegraded: return "degraded";
    case Feature::Mode::kMissing: return "missing";
  }
  return "";
}

}  // namespace pmon
