// SPDX-License-Identifier: Apache-2.0
#include "monitor/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include "../../support/temp_folder.h"
#include "monitor/event_loop.h"

namespace pmon::monitor {
namespace {

using testing::HasSubstr;

// Waits for the end of a child; its status as waitpid(2) tells it.
int end_of(pid_t pid) {
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

bool is_gone(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

class CommandTest : public testing::Test {
 protected:
  std::string script(const std::string& text, std::filesystem::perms mode = std::filesystem::perms(0755)) {
    const std::string path = folder_ + "/script";
    std::ofstream(path) << text;
    std::filesystem::permissions(path, mode);
    return path;
  }
  static Command prepared(const std::vector<std::string>& words) {
    auto command = Command::prepare(words);
    if (!command) throw std::runtime_error(command.error().text());
    return std::move(*command);
  }

  const test::TempFolder temp_folder_;
  const std::string folder_ = temp_folder_.path();
};

TEST_F(CommandTest, RunsWhenItIsLetGoAndNotBefore) {
  const std::string mark = folder_ + "/mark";
  Command command = prepared({"sh", "-c", "echo > \"$1\"; exit 7", "sh", mark});
  EXPECT_FALSE(std::filesystem::exists(mark));
  const auto gone = command.go();
  ASSERT_TRUE(gone) << gone.error().text();
  const int status = end_of(command.pid());
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_TRUE(std::filesystem::exists(mark));
}

TEST_F(CommandTest, WhatIsNotThereIsRefusedBeforeAnythingStarts) {
  for (const std::string& program : {std::string("pmon-no-such-program"), folder_ + "/nothing", folder_,
                                     script("#!/bin/sh\n", std::filesystem::perms(0644))}) {
    const auto command = Command::prepare({program});
    ASSERT_FALSE(command) << program;
    EXPECT_EQ(command.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(command.error().text(), HasSubstr("cannot run '" + program + "': no such program"));
  }
}

TEST_F(CommandTest, TellsWhatExecSaid) {
  const std::string path = script("#!/no/such/interpreter\n");
  Command command = prepared({path});
  const auto gone = command.go();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(gone.error().text(), HasSubstr("cannot run '" + path + "': No such file or directory"));
  EXPECT_EQ(WEXITSTATUS(end_of(command.pid())), 127);
}

TEST_F(CommandTest, AChildThatWasNeverLetGoEndsWithIt) {
  pid_t pid = 0;
  {
    const Command command = prepared({"sh", "-c", "echo > \"$1\"", "sh", folder_ + "/mark"});
    pid = command.pid();
    EXPECT_FALSE(is_gone(pid));
  }
  EXPECT_TRUE(is_gone(pid));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/mark"));
}

TEST_F(CommandTest, AChildThatRunsOutlivesIt) {
  std::optional<Command> command = prepared({"sleep", "60"});
  const pid_t pid = command->pid();
  ASSERT_TRUE(command->go());
  command.reset();
  EXPECT_FALSE(is_gone(pid));
  kill(pid, SIGKILL);
  EXPECT_EQ(WTERMSIG(end_of(pid)), SIGKILL);
}

TEST_F(CommandTest, ReapsWhatHasEnded) {
  Command command = prepared({"true"});
  const pid_t pid = command.pid();
  EXPECT_TRUE(command.running());
  ASSERT_TRUE(command.go());
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  command.reap();
  EXPECT_FALSE(command.running());
  EXPECT_TRUE(is_gone(pid));
}

TEST_F(CommandTest, TheProgramGetsSignalsAsUsual) {
  auto loop = EventLoop::open(3'600'000, -1);
  ASSERT_TRUE(loop) << loop.error().text();
  Command command = prepared({"sh", "-c", "kill -TERM $$; exit 3"});
  ASSERT_TRUE(command.go());
  const int status = end_of(command.pid());
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

}  // namespace
}  // namespace pmon::monitor
