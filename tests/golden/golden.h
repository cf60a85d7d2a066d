// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace pmon::test {

// Compares with tests/golden/NAME, byte for byte. With PMON_UPDATE_GOLDEN=1 in the environment the
// file is written instead, and the test fails so that nobody takes that run for a pass.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = PMON_SOURCE_DIR "/tests/golden/" + name;
  if (std::getenv("PMON_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    ADD_FAILURE() << "wrote " << path << ": look at the difference, then run again";
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << "no " << path << "; write it with PMON_UPDATE_GOLDEN=1";
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str()) << "differs from " << path;
}

}  // namespace pmon::test
