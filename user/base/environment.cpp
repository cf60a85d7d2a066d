// SPDX-License-Identifier: Apache-2.0
#include "pmon/environment.h"

#include <cstdlib>

namespace pmon {

std::optional<std::string> environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): see the header
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace pmon
