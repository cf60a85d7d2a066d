// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "pmon/result.h"

namespace pmon::delivery {

// A gzip member (RFC 1952) of the bytes. Errors: no memory.
[[nodiscard]] Result<std::string> gzip(std::string_view bytes);

}  // namespace pmon::delivery
