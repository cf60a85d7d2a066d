// SPDX-License-Identifier: Apache-2.0
// Takes BYTES_PER_SECOND of memory for SECONDS in steps of a tenth of a second, touches every page, and gives
// nothing back. HOW: malloc, mmap, brk, stack (of a thread that waits) or shared (a mapping that others may share).
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <thread>

#include "workload.h"

namespace {

// Whether so much was taken; each page of it is resident then.
using Take = bool (*)(std::size_t bytes);

bool touch(void* memory, std::size_t bytes) {
  if (memory == nullptr || memory == MAP_FAILED) return false;
  std::memset(memory, 1, bytes);
  asm volatile("" : : "r"(memory) : "memory");  // or the compiler sees that nobody reads it, and leaves all of it out
  return true;
}

bool take_malloc(std::size_t bytes) { return touch(std::malloc(bytes), bytes); }

void* map(std::size_t bytes, int flags) {
  return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

bool take_mmap(std::size_t bytes) { return touch(map(bytes, MAP_PRIVATE), bytes); }

bool take_shared(std::size_t bytes) { return touch(map(bytes, MAP_SHARED), bytes); }

// sbrk() fails as mmap() does.
bool take_brk(std::size_t bytes) { return touch(sbrk(static_cast<intptr_t>(bytes)), bytes); }

// A thread that is never joined, with a stack of that size.
bool take_stack(std::size_t bytes) {
  void* const stack = map(bytes, MAP_PRIVATE);
  if (!touch(stack, bytes)) return false;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_t thread{};
  static std::latch never(1);
  const auto wait = [](void*) -> void* {
    never.wait();
    return nullptr;
  };
  const bool started =
      pthread_attr_setstack(&attributes, stack, bytes) == 0 && pthread_create(&thread, &attributes, wait, nullptr) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

Take take_named(const std::string& how) {
  if (how == "malloc") return take_malloc;
  if (how == "mmap") return take_mmap;
  if (how == "brk") return take_brk;
  if (how == "stack") return take_stack;
  if (how == "shared") return take_shared;
  std::fprintf(stderr, "'%s' is not one of malloc, mmap, brk, stack, shared\n", how.c_str());
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
    workload::require(take(bytes), steps.word(0).c_str());
    std::this_thread::sleep_until(began + std::chrono::milliseconds(100 * (turn + 1)));
  }
  steps.done({{"leaked_bytes", bytes * turns}});
}
