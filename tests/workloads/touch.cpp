// SPDX-License-Identifier: Apache-2.0
// Takes PAGES pages of a REGION (brk, mmap, stack, or the path of a file to map) and touches each of them once.
// `faults` is what getrusage(2) counted meanwhile.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>

#include "workload.h"

namespace {

constexpr std::size_t kPage = 4096;

std::uint64_t faults_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt);
}

void write_each(volatile char* memory, std::size_t pages) {
  for (std::size_t page = 0; page < pages; ++page) memory[page * kPage] = 1;
}

std::uint64_t read_each(const volatile char* memory, std::size_t pages) {
  std::uint64_t sum = 0;
  for (std::size_t page = 0; page < pages; ++page) sum += static_cast<unsigned char>(memory[page * kPage]);
  return sum;
}

// Downwards, as a stack grows: the frame of this function is as large as the region.
[[gnu::noinline]] void touch_stack(std::size_t pages) {
  auto* const frame = static_cast<volatile char*>(__builtin_alloca(pages * kPage));
  for (std::size_t page = pages; page > 0; --page) frame[(page - 1) * kPage] = 1;
}

char* map(std::size_t pages, int protection, int flags, int file) {
  void* const memory = mmap(nullptr, pages * kPage, protection, flags, file, 0);
  workload::require(memory != MAP_FAILED, "mmap");
  // One fault a page: no huge pages.
  madvise(memory, pages * kPage, MADV_NOHUGEPAGE);
  return static_cast<char*>(memory);
}

// From a page boundary, so that none of them was touched before.
char* take_brk(std::size_t pages) {
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0));
  const std::size_t rest = (kPage - end % kPage) % kPage;
  void* const memory = sbrk(static_cast<intptr_t>(rest + pages * kPage));
  workload::require(memory != reinterpret_cast<void*>(-1), "sbrk");
  return static_cast<char*>(memory) + rest;
}

void touch(const std::string& region, std::size_t pages) {
  if (region == "brk") {
    write_each(take_brk(pages), pages);
  } else if (region == "mmap") {
    write_each(map(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1), pages);
  } else if (region == "stack") {
    touch_stack(pages);
  } else {
    const int file = open(region.c_str(), O_RDONLY | O_CLOEXEC);
    workload::require(file >= 0, region.c_str());
    char* const memory = map(pages, PROT_READ, MAP_PRIVATE, file);
    madvise(memory, pages * kPage, MADV_RANDOM);  // no fault-around
    read_each(memory, pages);
    close(file);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "REGION PAGES");
  const std::size_t pages = steps.number(1);
  steps.ready();
  const std::uint64_t before = faults_so_far();
  touch(steps.word(0), pages);
  const std::uint64_t faults = faults_so_far() - before;
  steps.done({{"pages", pages}, {"faults", faults}});
}
