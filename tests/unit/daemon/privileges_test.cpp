// SPDX-License-Identifier: Apache-2.0
#include "daemon/privileges.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include "../../support/temp_folder.h"

namespace pmon::daemon {
namespace {

// What `checks` says of a process that has dropped its privileges: "" where all is well. They never come back, so it is
// one of its own.
std::string in_dropped_process(const PrivilegeNeeds& needs, auto checks) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const auto dropped = drop_privileges(needs);
    const std::string words = dropped ? checks(*dropped) : dropped.error().text();
    (void)!write(ends[1], words.data(), words.size());
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  char buffer[256];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;) words.append(buffer, buffer + got);
  close(ends[0]);
  int status = -1;
  waitpid(child, &status, 0);
  return status == 0 ? words : words + " (ended with wait status " + std::to_string(status) + ")";
}

std::string own_status(const std::string& key) {
  std::ifstream file("/proc/thread-self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return line.substr(line.find('\t') + 1);
  }
  return "no " + key;
}

std::string expect_refused(const char* name, long result) {
  const int error = errno;
  if (result == -1 && error == EPERM) return "";
  return std::string(name) + " was not refused: " + std::to_string(result) + " errno " + std::to_string(error) + "\n";
}

// Each of them is allowed to every user without the filter, so that no missing capability is what refuses it.
TEST(Privileges, SystemCallsThatReachIntoOthersAreRefused) {
  EXPECT_EQ(in_dropped_process(
                {},
                [](const Privileges&) {
                  std::string wrong;
                  char from = 0;
                  char to = 0;
                  iovec local{&to, 1};
                  iovec remote{&from, 1};
                  wrong += expect_refused("ptrace", ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
                  wrong += expect_refused("process_vm_readv", process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
                  wrong += expect_refused("process_vm_writev", process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
                  wrong += expect_refused("unshare", unshare(CLONE_FILES));
                  wrong += expect_refused("personality", personality(0xFFFFFFFF));
                  wrong += expect_refused("keyctl", syscall(SYS_keyctl, 0, -1, 0));
                  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
                  wrong += expect_refused("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 0, 0));
                  // These give another error without it: nothing is there to be mounted, moved or loaded.
                  wrong += expect_refused("mount", syscall(SYS_mount, "/nonexistent", "/nonexistent", "", 0, nullptr));
                  wrong += expect_refused("fsconfig", syscall(SYS_fsconfig, -1, 0, nullptr, nullptr, 0));
                  wrong += expect_refused("io_uring_setup", syscall(SYS_io_uring_setup, 0, nullptr));
                  return wrong;
                }),
            "");
}

TEST(Privileges, NothingIsLeftOfWhatNobodyNeeds) {
  EXPECT_EQ(in_dropped_process({},
                               [](const Privileges& left) {
                                 std::string wrong;
                                 if (!left.kept.empty() || !left.dormant.empty()) wrong += "something was kept; ";
                                 for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"}) {
                                   if (std::stoull(own_status(set), nullptr, 16) != 0)
                                     wrong += set + own_status(set) + "; ";
                                 }
                                 if (geteuid() == 0 && std::stoull(own_status("CapBnd"), nullptr, 16) != 0)
                                   wrong += "bounding set; ";
                                 if (own_status("NoNewPrivs") != "1") wrong += "new privileges can be gained; ";
                                 if (own_status("Seccomp") != "2") wrong += "no filter; ";
                                 return wrong;
                               }),
            "");
}

TEST(Privileges, AThreadThatStartsLaterHasNoMore) {
  EXPECT_EQ(in_dropped_process({},
                               [](const Privileges&) {
                                 std::string wrong;
                                 std::jthread([&] {
                                   if (std::stoull(own_status("CapPrm"), nullptr, 16) != 0) wrong += "capabilities";
                                   wrong += expect_refused("ptrace", ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
                                 }).join();
                                 return wrong;
                               }),
            "");
}

TEST(Privileges, WhatAMonitorDoesStillWorks) {
  const test::TempFolder folder;
  EXPECT_EQ(in_dropped_process({.written_folders = {folder.file("")}},
                               [&](const Privileges&) {
                                 std::string wrong;
                                 folder.write("alerts.json", "{}");
                                 if (folder.read("alerts.json") != "{}") wrong += "files; ";
                                 if (std::ifstream("/proc/1/stat").get() != '1') wrong += "/proc; ";
                                 if (FILE* program = popen("true", "r"); program == nullptr || pclose(program) != 0)
                                   wrong += "programs; ";
                                 with_dormant_privileges([&] { wrong += geteuid() == getuid() ? "" : "user; "; });
                                 return wrong;
                               }),
            "");
}

}  // namespace
}  // namespace pmon::daemon
