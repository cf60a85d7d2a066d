// SPDX-License-Identifier: Apache-2.0
// What `pmon test` tells of tests that fail is what promtool tells of them, to the byte.
#include <gtest/gtest.h>

#include <string>

#include "e2e/pmon.h"

namespace pmon::test {
namespace {

// Both streams as one, as a terminal and CI's log have them.
Outcome run_together(Words words, const std::string& folder) {
  words.insert(words.begin(), {"sh", "-c", "exec \"$0\" \"$@\" 2>&1"});
  return run(words, Milliseconds(20'000), {.folder = folder});
}

class RuleTestOutput : public testing::Test {
 protected:
  void SetUp() override {
    if (run({"promtool", "--version"}).status != 0) GTEST_SKIP() << "promtool is not there (Debian: prometheus)";
  }
  void compare(const Words& files, int status) {
    Words promtool{"promtool", "test", "rules"};
    promtool.insert(promtool.end(), files.begin(), files.end());
    Words words{"test"};
    words.insert(words.end(), files.begin(), files.end());
    const std::string folder = PMON_SOURCE_DIR "/tests/rules/failing";
    const Outcome expected = run_together(promtool, folder);
    const Outcome got = run_together(pmon(words), folder);
    EXPECT_EQ(got.out, expected.out);
    EXPECT_EQ(expected.status, status);
    EXPECT_EQ(got.status, status);
  }
};

TEST_F(RuleTestOutput, OfTestsThatFail) { compare({"tests.yml"}, 1); }
TEST_F(RuleTestOutput, OfTestsThatSayTooLittle) { compare({"format.yml"}, 1); }
TEST_F(RuleTestOutput, OfTestsThatHold) { compare({"holds.yml"}, 0); }
TEST_F(RuleTestOutput, OfSeveralFiles) { compare({"holds.yml", "tests.yml", "holds.yml"}, 1); }

}  // namespace
}  // namespace pmon::test
