// SPDX-License-Identifier: Apache-2.0
// Unit-test files of rules, and the notation of their series.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "alerts/rule_test.h"
#include "alerts/series_notation.h"
#include "promql/promql.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)pmon::promql::parse_series(text);
  (void)pmon::alerts::parse_values(text);
  (void)pmon::alerts::parse_rule_tests(text, "fuzz.yml");
  return 0;
}
