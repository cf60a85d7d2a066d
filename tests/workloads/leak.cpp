// SPDX-License-Identifier: Apache-2.0
// Takes BYTES_PER_SECOND of memory for SECONDS in steps of a tenth of a second, touches every page, and gives
// nothing back. HOW: malloc, mmap or brk.
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "workload.h"

namespace {

using Take = char* (*)(std::size_t bytes);

char* take_malloc(std::size_t bytes) { return static_cast<char*>(std::malloc(bytes)); }

char* take_mmap(std::size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

char* take_brk(std::size_t bytes) {
  void* const memory = sbrk(static_cast<intptr_t>(bytes));
  return memory == reinterpret_cast<void*>(-1) ? nullptr : static_cast<char*>(memory);
}

Take take_named(const std::string& how) {
  if (how == "malloc") return take_malloc;
  if (how == "mmap") return take_mmap;
  if (how == "brk") return take_brk;
  std::fprintf(stderr, "'%s' is not one of malloc, mmap, brk\n", how.c_str());
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "HOW BYTES_PER_SECOND SECONDS");
  const Take take = take_named(steps.word(0));
  const std::uint64_t bytes = steps.number(1) / 10;
  const std::uint64_t turns = steps.number(2) * 10;
  steps.ready();
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    char* const memory = take(bytes);
    workload::require(memory != nullptr, steps.word(0).c_str());
    std::memset(memory, 1, bytes);
    std::this_thread::sleep_until(began + std::chrono::milliseconds(100 * (turn + 1)));
  }
  steps.done({{"leaked_bytes", bytes * turns}});
}
