// SPDX-License-Identifier: Apache-2.0
// Rule files: YAML, keys, durations, expressions and templates within.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)pmon::rules::load({reinterpret_cast<const char*>(data), size}, "fuzz.yml");
  return 0;
}
