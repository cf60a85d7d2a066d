// SPDX-License-Identifier: Apache-2.0
#include "rules/rules.h"

// The bytes of rules/default.yml, put there by the build.
// NOLINTBEGIN(readability-identifier-naming): its names
extern "C" const char pmon_default_rules[];
extern "C" const unsigned long pmon_default_rules_size;
// NOLINTEND(readability-identifier-naming)

namespace pmon::rules {

std::string_view default_rules_text() { return {pmon_default_rules, pmon_default_rules_size}; }

}  // namespace pmon::rules
