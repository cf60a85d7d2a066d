// SPDX-License-Identifier: Apache-2.0
// pmon.yaml, but for the sections that belong to other parsers. What is wrong is told at its place.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)pmon::daemon::is_settings({reinterpret_cast<const char*>(data), size});
  const int file = memfd_create("pmon.yaml", MFD_CLOEXEC);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  pmon::daemon::Origin origin;
  origin.path = "/proc/self/fd/" + std::to_string(file);
  origin.environment = false;
  const auto settings = pmon::daemon::load_settings(origin);
  if (!settings && settings.error().message.find(*origin.path) == std::string::npos) std::abort();
  ::close(file);
  return 0;
}
