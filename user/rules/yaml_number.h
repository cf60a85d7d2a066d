// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace pmon::rules {

// A number as Prometheus's YAML library reads an unquoted scalar: 2, -1.5e3, 0x10, 0o7, 010, 0b1, 1_000, .inf, .nan.
// "Inf" and "NaN" are texts there.
[[nodiscard]] std::optional<double> yaml_number(std::string_view scalar);

}  // namespace pmon::rules
