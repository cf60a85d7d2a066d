// SPDX-License-Identifier: Apache-2.0
// Matchers of labels, alone and in braces: what is read is written and read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alerts/matcher.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pmon::alerts;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const pmon::Labels labels{{"comm", "a\"b\n<c>"}, {"pid", "12"}};
  if (const auto one = parse_matcher(text)) {
    (void)one->matches(labels);
    const auto again = parse_matcher(one->text());
    if (!again || !(*again == *one)) std::abort();
  }
  if (const auto all = parse_matchers(text)) {
    (void)match_all(*all, labels);
    const auto again = parse_matchers(text_of(*all));
    if (!again || *again != *all) std::abort();
  }
  return 0;
}
