// SPDX-License-Identifier: Apache-2.0
// What the kernel says in /proc, where process names are other people's bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "collect/proc_cgroup.h"
#include "collect/proc_stat.h"
#include "collect/proc_status.h"
#include "collect/proc_system.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)pmon::proc::parse_stat(text);
  (void)pmon::proc::parse_status(text);
  (void)pmon::proc::parse_cgroup(text);
  (void)pmon::proc::parse_boot_time(text);
  (void)pmon::proc::parse_memory_total(text);
  (void)pmon::proc::parse_hidepid(text, "/proc");
  return 0;
}
