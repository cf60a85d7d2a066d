// SPDX-License-Identifier: Apache-2.0
// Ends in the given WAY with the given NUMBER:
//   exit N     exit status N                 signal N   killed by signal N
//   leader N   the main thread ends first, another burns 50 ms of CPU and then ends the process with status N
//   exec N     a thread other than the main one execs workload_die exit N (with --step: and waits there, too)
//   oom N      allocates until the kernel kills it, N bytes at a time
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include <pthread.h>
#include <unistd.h>

#include "workload.h"

namespace {

[[noreturn]] void outlive_leader(int status) {
  std::thread([status] {
    workload::burn(50);
    _exit(status);
  }).detach();
  pthread_exit(nullptr);
}

[[noreturn]] void exec_from_thread(const char* program, bool stepped, const std::string& status) {
  std::thread([&] {
    if (stepped) {
      execl(program, program, "--step", "exit", status.c_str(), nullptr);
    } else {
      execl(program, program, "exit", status.c_str(), nullptr);
    }
    workload::require(false, "exec");
  }).join();
  std::abort();
}

[[noreturn]] void allocate_until_killed(std::size_t bytes) {
  while (true) {
    void* const memory = std::malloc(bytes);
    workload::require(memory != nullptr, "malloc");
    std::memset(memory, 1, bytes);  // NOLINT(clang-analyzer-core.NonNullParamChecker): required above
  }
}

}  // namespace

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "WAY NUMBER");
  const std::string& way = steps.word(0);
  const std::uint64_t number = steps.number(1);
  steps.ready();
  if (way == "exit") return static_cast<int>(number);
  if (way == "leader") outlive_leader(static_cast<int>(number));
  if (way == "exec")
    exec_from_thread(std::filesystem::read_symlink("/proc/self/exe").c_str(), std::strcmp(argv[1], "--step") == 0,
                     steps.word(1));
  if (way == "oom") allocate_until_killed(number);
  if (way == "signal") {
    std::signal(static_cast<int>(number), SIG_DFL);
    std::raise(static_cast<int>(number));
  }
  std::fprintf(stderr, "'%s' did not end it\n", way.c_str());
  return 2;
}
