// SPDX-License-Identifier: Apache-2.0
#include "export/host_name.h"

#include <unistd.h>

#include <array>
#include <climits>

#include "export/utf8.h"
#include "pmon/environment.h"

namespace pmon {

std::string host_name() {
  if (const std::string given = environment("HOSTNAME").value_or(""); !given.empty()) return valid_utf8(given);
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0') return valid_utf8(name.data());
  return "unknown";
}

}  // namespace pmon
