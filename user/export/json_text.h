// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "pmon/labels.h"

namespace pmon {

// For bodies of many thousand small objects, of which building a tree first would cost more than all the rest.

// In double quotes, as RFC 8259 wants it; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// The shortest text that reads back as the same number; whole ones without exponent up to 2^53. It must be finite.
void append_json_number(std::string& out, double value);
// {"name":"value",…}
void append_json_object(std::string& out, const Labels& labels);

}  // namespace pmon
