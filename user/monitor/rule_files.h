// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pmon/result.h"
#include "rules/rules.h"

namespace pmon::monitor {

// The rules that pmon ships (where asked for), then those of the files in order; the one loader of
// `watch`, of reloading and of `check`. Beyond what rules::load() refuses, every metric that an expression selects must
// be one that pmon exports or a rule records. Errors (kUsage): those of all files in one message.
[[nodiscard]] Result<std::vector<rules::Group>> load_rules(bool default_rules, const std::vector<std::string>& files);

}  // namespace pmon::monitor
