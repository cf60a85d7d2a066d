// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

#include "recording/header.h"

namespace pmon::recording {

namespace {

std::uint64_t system_value(int name) {
  const long value = sysconf(name);
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

}  // namespace

HostFacts this_host() {
  HostFacts host;
  utsname names{};
  if (uname(&names) == 0) {
    host.name = names.nodename;
    host.kernel = names.release;
    host.machine = names.machine;
  }
  std::ifstream boot_id("/proc/sys/kernel/random/boot_id");
  std::getline(boot_id, host.boot_id);
  host.cpus = system_value(_SC_NPROCESSORS_ONLN);
  host.page_size = system_value(_SC_PAGESIZE);
  host.memory_bytes = system_value(_SC_PHYS_PAGES) * host.page_size;
  host.clock_ticks_per_second = system_value(_SC_CLK_TCK);
  return host;
}

}  // namespace pmon::recording
