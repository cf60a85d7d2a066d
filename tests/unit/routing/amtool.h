// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pmon::routing::testing {

// Whether Alertmanager's amtool is there.
[[nodiscard]] bool have_amtool();
// What `amtool check-config` says of a configuration: its complaint, or nothing.
[[nodiscard]] std::optional<std::string> amtool_complaint(const std::string& yaml);
// "a,b": the receivers to which `amtool config routes test` sees an alert go. Labels as a=b.
[[nodiscard]] std::string amtool_receivers(const std::string& yaml, const std::vector<std::string>& labels);

}  // namespace pmon::routing::testing
