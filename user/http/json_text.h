// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon::http {

// JSON appended to a text as Prometheus writes it. Query results are too many for a document tree.

// In quotes; what is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// {"__name__":"up","pid":"1"}
void append_json_labels(std::string& out, const Labels& labels);
// In quotes, as Go's encoding/json writes numbers: "0.5", "1e-07", "NaN", "+Inf".
void append_json_value(std::string& out, double value);
// Seconds: 1700000000.125, 1700000000.
void append_json_time(std::string& out, Timestamp time);

}  // namespace pmon::http
