// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/child.h"

namespace pmon::test {

using Words = std::vector<std::string>;

// The command line of the pmon that was built with these tests.
[[nodiscard]] Words pmon(Words words);
// The same without any capability, although root: as little as an ordinary user may do.
[[nodiscard]] Words powerless_pmon(Words words);
// `pmon watch` as JSON, by the kernel's side or not at all.
[[nodiscard]] Words watch_by_ebpf(const Words& words);

// The objects of JSON-lines output whose "type" is this; a line that is no JSON throws.
[[nodiscard]] std::vector<nlohmann::json> lines_of_type(const std::string& out, std::string_view type);
// The only one of them; throws where there is none or more.
[[nodiscard]] nlohmann::json only_line(const std::string& out, std::string_view type);
// Those with this pid, which samples have as a number and alerts as a label.
[[nodiscard]] std::vector<nlohmann::json> of_pid(const std::vector<nlohmann::json>& lines, pid_t pid);
// How often each alert told that it fires, by name, first notifications only.
[[nodiscard]] std::size_t times_fired(const std::string& out, std::string_view alert);

[[nodiscard]] double wall_seconds(const std::string& out);  // "elapsed_s" of the summary

}  // namespace pmon::test
