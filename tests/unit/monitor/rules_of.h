// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rules/rules.h"

namespace pmon::monitor {

// One group `g` of rules in r.yml, each a flow mapping: "{alert: A, expr: x > 1}".
inline std::vector<rules::Group> rules_of(const std::vector<std::string>& rules) {
  std::string yaml = "groups:\n- name: g\n  rules:\n";
  for (const std::string& rule : rules) yaml += "  - " + rule + "\n";
  auto groups = rules::load(yaml, "r.yml");
  EXPECT_TRUE(groups) << groups.error().text();
  return groups.value_or(std::vector<rules::Group>());
}

}  // namespace pmon::monitor
