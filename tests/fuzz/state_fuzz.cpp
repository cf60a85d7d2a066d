// SPDX-License-Identifier: Apache-2.0
// The files of a state folder: silences, and saved alerts with a checksum that is right. What is read is written and
// read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "alerts/silences.h"
#include "monitor/saved_alerts.h"
#include "recording/checksum.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto silences = pmon::alerts::parse_silences(text)) {
    const auto again = pmon::alerts::parse_silences(pmon::alerts::silences_text(*silences));
    if (!again || !(*again == *silences)) std::abort();
    (void)silences->silenced({{"comm", "web"}}, 1'700'000'000'000);
  }
  (void)pmon::monitor::parse_saved_alerts(text);
  const std::string whole =
      fmt::format("{{\"version\":1,\"crc32\":\"{:08x}\",\"payload\":{}}}\n", pmon::recording::checksum(text), text);
  if (auto saved = pmon::monitor::parse_saved_alerts(whole)) {
    const std::string written = pmon::monitor::saved_alerts_text(*saved);
    const auto again = pmon::monitor::parse_saved_alerts(written);
    if (!again || pmon::monitor::saved_alerts_text(*again) != written) std::abort();
    pmon::monitor::carry_over(*saved, {1'700'000'000'000, 5'000'000'000, 1'700'000'000'000}, "boot");
  }
  return 0;
}
