// SPDX-License-Identifier: Apache-2.0
#include "delivery/destination.h"

#include <utility>

namespace pmon::delivery {

Outcome Outcome::retry(std::string what, std::optional<std::chrono::milliseconds> after) {
  return {Kind::kRetry, std::move(what), after};
}

Outcome Outcome::rejected(std::string what) { return {Kind::kRejected, std::move(what), {}}; }

}  // namespace pmon::delivery
