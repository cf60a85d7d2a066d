// SPDX-License-Identifier: Apache-2.0
// What is wrong with the words of the user, and how it is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "../../fixtures/fake_process.h"
#include "monitor/targets.h"

namespace pmon::monitor {
namespace {

using fixtures::FakeProcess;
using fixtures::FileTree;
using testing::HasSubstr;
using testing::StartsWith;

class TargetWords : public testing::Test {
 protected:
  TargetWords() {
    FakeProcess{.pid = 2, .comm = "kworker/0:1", .flags = 0x00208040, .anon_kb = {}}.put(tree);
    FakeProcess{.pid = 30, .comm = "dead", .state = 'Z', .anon_kb = {}}.put(tree);
    // Thread 41 of process 40.
    FakeProcess{.pid = 40, .comm = "java"}.put(tree);
    FakeProcess thread{.pid = 41, .comm = "GC Thread"};
    thread.put(tree);
    std::string status = thread.status();
    status.replace(status.find("Tgid:\t41"), 8, "Tgid:\t40");
    tree.write("proc/41/status", status);
    tree.write({{"cgroup/cgroup.controllers", ""}, {"cgroup/system.slice/idle.service/", ""}});
  }
  std::string error_of(TargetSpec spec) {
    const auto targets = Targets::make(std::move(spec), {.proc = tree.path("proc"), .cgroup = tree.path("cgroup")});
    if (targets) return "accepted";
    EXPECT_EQ(targets.error().kind, ErrorKind::kUsage);
    return targets.error().text();
  }
  FileTree tree{fixtures::kHostFiles};
};

TEST_F(TargetWords, Pids) {
  EXPECT_THAT(error_of({.pids = {99}}), StartsWith("no process has pid 99 ("));
  EXPECT_EQ(error_of({.pids = {41}}), "41 is a thread (GC Thread) of process 40 (use --pid 40)");
  EXPECT_EQ(error_of({.pids = {2}}), "2 is a kernel thread (kworker/0:1), not a process");
  EXPECT_EQ(error_of({.pids = {30}}), "process 30 (dead) has ended; only its zombie is left");
  EXPECT_EQ(error_of({.pids = {40}}), "accepted");
  EXPECT_THAT(error_of({.pids = {40, 99}}), StartsWith("no process has pid 99"));
  EXPECT_THAT(error_of({.pids = {99}, .wait = true}), StartsWith("no process has pid 99"))
      << "a pid does not come back";
}

TEST_F(TargetWords, Names) {
  EXPECT_THAT(error_of({.names = {"a(b"}, .wait = true}), StartsWith("--name: missing ): a(b\n  a(b\n   ^"));
  EXPECT_THAT(error_of({.names = {"nginx[z-a]x"}, .wait = true}),
              StartsWith("--name: invalid character class range: z-a\n  nginx[z-a]x\n        ^"));
  EXPECT_THAT(error_of({.names = {"[(]\\((x)(y"}, .wait = true}), HasSubstr("\n  [(]\\((x)(y\n          ^"));
  EXPECT_THAT(error_of({.names = {"x)"}, .wait = true}), StartsWith("--name: unexpected ): x)"));
  EXPECT_THAT(error_of({.names = {""}}), HasSubstr("every process"));
  EXPECT_EQ(error_of({.names = {"^redis"}}),
            "no process matches --name '^redis' (start it first, or add --wait to wait for it)");
  EXPECT_EQ(error_of({.names = {"^redis"}, .wait = true}), "accepted");
  EXPECT_THAT(error_of({.names = {"kworker"}}), StartsWith("no process matches")) << "kernel threads are none";
  EXPECT_EQ(error_of({.names = {"jav"}}), "accepted");
  EXPECT_THAT(error_of({.names = {"jav"}, .self_pid = 40}), StartsWith("no process matches"));
}

TEST_F(TargetWords, Units) {
  EXPECT_EQ(error_of({.units = {"ngnix"}}),
            "unit ngnix.service is not active here (see 'systemctl status ngnix.service'; start it, or add --wait)");
  EXPECT_EQ(error_of({.units = {"ngnix"}, .wait = true}), "accepted");
  EXPECT_THAT(error_of({.units = {"idle.service"}}), StartsWith("no process matches --unit idle.service"));
  EXPECT_THAT(error_of({.units = {"/a/b"}}), StartsWith("--unit '/a/b' is not the name of a unit"));
  EXPECT_THAT(error_of({.units = {""}}), HasSubstr("not the name of a unit"));
}

TEST_F(TargetWords, Cgroups) {
  EXPECT_THAT(error_of({.cgroups = {"/nothing/here"}}), StartsWith("no cgroup /nothing/here below "));
  EXPECT_EQ(error_of({.cgroups = {"/nothing/here"}, .wait = true}), "accepted");
  EXPECT_THAT(error_of({.cgroups = {"/system.slice/../x"}}), HasSubstr("not the path of a cgroup"));
  EXPECT_THAT(error_of({.cgroups = {""}}), HasSubstr("not the path of a cgroup"));
}

TEST_F(TargetWords, Nothing) { EXPECT_THAT(error_of({}), StartsWith("no target given")); }

}  // namespace
}  // namespace pmon::monitor
