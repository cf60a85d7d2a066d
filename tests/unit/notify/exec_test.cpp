// SPDX-License-Identifier: Apache-2.0
#include "notify/exec.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "../../support/temp_folder.h"
#include "delivery/interruption.h"
#include "notify/notification_json.h"
#include "notify/run_program.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;
using Kind = Outcome::Kind;
using std::chrono::milliseconds;

Outcome run(std::vector<std::string> command, const Notification& told = test::sample(),
            milliseconds timeout = milliseconds(10'000)) {
  ExecNotifier notifier({std::move(command), timeout, {{"EXTRA", "more"}}}, test::surroundings());
  return notifier.notify(told, test::soon());
}

TEST(Exec, TheProgramHasItAll) {
  const pmon::test::TempFolder folder;
  for (const Notification& told : {test::sample(), test::many(1000), test::hostile()}) {
    const Outcome outcome =
        run({"/bin/sh", "-c", "cat > \"$1\"; env -0 > \"$2\"", "sh", folder.file("in"), folder.file("env")}, told);
    ASSERT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
    EXPECT_EQ(folder.read("in"), to_json(told, "http://web1:9777"));
  }
  ASSERT_EQ(run({"/bin/sh", "-c", "env > \"$1\"", "sh", folder.file("env")}).kind, Kind::kDelivered);
  const std::string environment = "\n" + folder.read("env");
  for (const char* line :
       {"PMON_STATUS=firing", "PMON_ALERTS=3", "PMON_FIRING=2", "PMON_RESOLVED=1", "PMON_RECEIVER=team",
        "PMON_LABEL_ALERTNAME=HeapLeak", "PMON_LABEL_COMM=redis", "PMON_HOST=web1", "EXTRA=more"}) {
    EXPECT_NE(environment.find("\n" + std::string(line) + "\n"), std::string::npos) << line;
  }
}

TEST(Exec, SecretsOfTheEnvironmentStayHere) {
  const pmon::test::TempFolder folder;
  ::setenv("SLACK_TOKEN", "hidden", 1);
  ASSERT_EQ(run({"/bin/sh", "-c", "env > \"$1\"", "sh", folder.file("env")}).kind, Kind::kDelivered);
  ::unsetenv("SLACK_TOKEN");
  EXPECT_EQ(folder.read("env").find("hidden"), std::string::npos);
}

TEST(Exec, ExitStatusDecides) {
  EXPECT_EQ(run({"/bin/true"}).kind, Kind::kDelivered);
  const Outcome failed = run({"/bin/sh", "-c", "echo no route >&2; exit 3"});
  EXPECT_EQ(failed.kind, Kind::kRejected);
  EXPECT_EQ(failed.what, "/bin/sh: exit status 3: no route");
  EXPECT_EQ(run({"/bin/sh", "-c", "exit 75"}).kind, Kind::kRetry);
  const Outcome killed = run({"/bin/sh", "-c", "kill -SEGV $$"});
  EXPECT_EQ(killed.kind, Kind::kRejected);
  EXPECT_EQ(killed.what, "/bin/sh: ended by signal 11");
  const Outcome missing = run({"/nonexistent/program"});
  EXPECT_EQ(missing.kind, Kind::kRejected);
  EXPECT_EQ(missing.what, "start /nonexistent/program: No such file or directory");
}

TEST(Exec, TheTailOfItsOutputIsToldInOneLine) {
  const Outcome outcome = run({"/bin/sh", "-c", "seq 1 100000; printf '\\033[2Jend\\n'; exit 1"});
  EXPECT_LT(outcome.what.size(), 1200U);
  EXPECT_TRUE(outcome.what.ends_with("100000 \\x1b[2Jend")) << outcome.what;
  EXPECT_EQ(outcome.what.find('\n'), std::string::npos);
}

TEST(Exec, AtItsTimeLimitTheWholeGroupEnds) {
  const pmon::test::TempFolder folder;
  const Outcome outcome = run({"/bin/sh", "-c", "sleep 1000 & echo $! > \"$1\"; wait", "sh", folder.file("pid")},
                              test::sample(), milliseconds(2000));
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_NE(outcome.what.find("time limit"), std::string::npos) << outcome.what;
  const pid_t sleeper = std::stoi(folder.read("pid"));
  // Its new parent reaps it soon.
  for (int i = 0; i < 500 && ::kill(sleeper, 0) == 0; ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_NE(::kill(sleeper, 0), 0);
}

TEST(Exec, ItEndsWithTheQueueWhateverItsTimeLimit) {
  delivery::Interruption interruption;
  const delivery::Interruption::Scope scope(interruption);
  const auto begin = delivery::Clock::now();
  interruption.at(begin + milliseconds(300));
  ExecNotifier notifier({{"/bin/sleep", "1000"}, std::chrono::minutes(1), {}}, test::surroundings());
  const Outcome outcome = notifier.notify(test::sample(), begin + std::chrono::minutes(1));
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_EQ(outcome.what, "/bin/sleep: killed, for the queue ends");
  EXPECT_LT(delivery::Clock::now() - begin, std::chrono::seconds(10));
}

TEST(Exec, WhatOutlivesItHoldsNothingUp) {
  const auto begin = delivery::Clock::now();
  EXPECT_EQ(run({"/bin/sh", "-c", "sleep 30 & exit 0"}).kind, Kind::kDelivered);
  EXPECT_LT(delivery::Clock::now() - begin, std::chrono::seconds(15));
}

TEST(Exec, AProgramThatDoesNotReadIsFine) { EXPECT_EQ(run({"/bin/true"}, test::many(1000)).kind, Kind::kDelivered); }

TEST(Exec, NoFileOfOursIsOpenInIt) {
  const Outcome outcome = run({"/bin/sh", "-c", "ls /proc/self/fd | tr '\\n' ' '; exit 1"});
  // 3 is the folder that ls reads.
  EXPECT_EQ(outcome.what, "/bin/sh: exit status 1: 0 1 2 3 ");
}

TEST(Exec, ValuesThatAreTooLongStayOnStdin) {
  Notification told = test::sample();
  told.common_annotations.set("summary", std::string(200'000, 'x'));
  EXPECT_EQ(run({"/bin/sh", "-c", "test -z \"$PMON_ANNOTATION_SUMMARY\""}, told).kind, Kind::kDelivered);
}

}  // namespace
}  // namespace pmon::notify
