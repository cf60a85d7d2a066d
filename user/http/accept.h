// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "export/exposition.h"

namespace pmon::http {

// The exposition format that a client likes best by its Accept header (RFC 9110, section 12.5.1); the text format
// where it likes both alike or neither.
[[nodiscard]] exposition::Format exposition_format(std::string_view accept);

// Whether an Accept-Encoding header allows gzip.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace pmon::http
