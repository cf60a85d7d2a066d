// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/source.h"

namespace pmon::config {

// The YAML that was read, for others to see: "<secret>" in place of each scalar that was read as a secret and of the
// password within an address, and without its comments. "" where it is no YAML.
[[nodiscard]] std::string without_secrets(const Source& source);

}  // namespace pmon::config
