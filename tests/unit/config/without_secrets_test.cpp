// SPDX-License-Identifier: Apache-2.0
#include "config/without_secrets.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "config/yaml_reader.h"

namespace pmon::config {
namespace {

std::string shown(const std::string& yaml) {
  YamlReader reader(yaml, "x.yml");
  reader.run([&](const YAML::Node& root) {
    for (const auto& item : root["sinks"]) (void)reader.secret(item["token"], "token");
  });
  return without_secrets(*reader.source());
}

TEST(WithoutSecrets, MasksWhatWasReadAsASecretAndNothingElse) {
  EXPECT_EQ(shown("sinks:  # hunter0\n- {token: hunter1, name: hunter1}\n- {token: 'hunter2', port: 80}\n"),
            "sinks:\n  - token: <secret>\n    name: hunter1\n  - token: \"<secret>\"\n    port: 80\n");
}

TEST(WithoutSecrets, MasksSecretsOfSeveralLines) {
  EXPECT_THAT(shown("sinks:\n- token: |\n    hunter1\n    hunter2\n- token: \"hunter3\n    hunter4\"\n"),
              testing::Not(testing::HasSubstr("hunter")));
}

TEST(WithoutSecrets, MasksSecretsBehindAnAnchor) {
  EXPECT_THAT(shown("one: &t hunter1\nsinks: [{token: *t}]\n"), testing::Not(testing::HasSubstr("hunter1")));
}

TEST(WithoutSecrets, MasksThePasswordOfAnAddress) {
  EXPECT_EQ(shown("sinks: []\nurl: https://user:hunter1@host:80/a@b:c\nplain: http://host:80/x\n"),
            "sinks:\n  []\nurl: https://user:<secret>@host:80/a@b:c\nplain: http://host:80/x\n");
}

TEST(WithoutSecrets, WhatIsNoYamlIsNotShown) { EXPECT_EQ(shown("sinks: [hunter1"), ""); }

}  // namespace
}  // namespace pmon::config
