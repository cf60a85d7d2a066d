// SPDX-License-Identifier: Apache-2.0
// Alertmanager's configuration: routes, inhibition, times, receivers, and the matchers within.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "routing/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)pmon::routing::is_config(text);
  const auto config = pmon::routing::load(text, "fuzz.yml");
  if (!config) return 0;
  for (const auto& times : config->times) {
    for (const pmon::Timestamp wall : {0LL, 951'782'400'000LL, 1'700'000'000'000LL, 4'102'444'799'999LL}) {
      (void)times.contains(wall);
    }
  }
  return 0;
}
