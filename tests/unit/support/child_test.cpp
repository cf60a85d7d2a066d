// SPDX-License-Identifier: Apache-2.0
#include "support/child.h"

#include <gtest/gtest.h>

#include <csignal>

#include "support/temp_folder.h"

namespace pmon::test {
namespace {

TEST(Child, TellsStatusAndBothStreams) {
  const Outcome outcome = run({"sh", "-c", "echo to out; echo to err >&2; exit 7"});
  EXPECT_EQ(outcome.status, 7);
  EXPECT_EQ(outcome.out, "to out\n");
  EXPECT_EQ(outcome.err, "to err\n");
}

TEST(Child, TellsTheSignalAsAShellDoes) {
  Child child({"sleep", "60"});
  EXPECT_EQ(child.wait(Milliseconds(0)), std::nullopt);
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 128 + SIGTERM);
}

TEST(Child, GivesUpAtTheDeadline) { EXPECT_EQ(run({"sleep", "60"}, Milliseconds(20)).status, std::nullopt); }

TEST(Child, ReadsMoreThanAPipeHolds) { EXPECT_EQ(run({"sh", "-c", "yes | head -c 1000000"}).out.size(), 1'000'000U); }

TEST(Child, WaitsForEachTextOnce) {
  Child child({"cat"});
  child.write("one\n");
  EXPECT_TRUE(child.wait_for_out("one"));
  EXPECT_FALSE(child.wait_for_out("one", Milliseconds(20)));
  child.write("one\n");
  EXPECT_TRUE(child.wait_for_out("one"));
  child.close_stdin();
  EXPECT_EQ(child.wait(), 0);
}

TEST(Child, StopsWaitingWhenTheOutputEnds) {
  Child child({"true"});
  EXPECT_FALSE(child.wait_for_out("never", Milliseconds(60'000)));
}

TEST(Child, WithoutReaderOfItsOutputGetsEpipe) {
  ChildOptions options;
  options.discard_output = true;
  // The shell ignores SIGPIPE for what it starts, so that echo tells the failed write.
  EXPECT_EQ(run({"sh", "-c", "trap '' PIPE; echo lost || exit 9"}, Milliseconds(5000), options).status, 9);
}

TEST(Child, StartsInItsFolderWithItsEnvironment) {
  const TempFolder folder;
  ChildOptions options;
  options.folder = folder.path();
  options.environment = {{"PMON_TEST_WORD", "there"}};
  EXPECT_EQ(run({"sh", "-c", "echo $PMON_TEST_WORD >here"}, Milliseconds(5000), options).status, 0);
  EXPECT_EQ(folder.read("here"), "there\n");
}

TEST(Child, OfAProgramThatIsNotThereSaysSo) {
  const Outcome outcome = run({"pmon-no-such-program"});
  EXPECT_EQ(outcome.status, 127);
  EXPECT_NE(outcome.err.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace pmon::test
