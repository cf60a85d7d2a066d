// SPDX-License-Identifier: Apache-2.0
// Templates of labels and annotations: lexer, parser, functions.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "rules/template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = pmon::rules::Template::parse({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  const pmon::Labels labels{{"comm", "a\"b\n<c>"}, {"pid", "12"}};
  for (const double value : {0.0, -1.5e300, 1234567.89, std::numeric_limits<double>::quiet_NaN()}) {
    (void)parsed->expand_or_error({&labels, &labels, "http://localhost", value});
  }
  return 0;
}
