// SPDX-License-Identifier: Apache-2.0
// Reads pages of FILE at random for SECONDS, each straight from storage: what a program does whose working set
// does not fit into memory. FILE is made, BYTES long, and removed at the end.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <vector>

#include "workload.h"

namespace {

constexpr std::size_t kPage = 4096;

void fill(int file, std::size_t bytes) {
  const std::vector<char> block(1 << 20, 'x');
  for (std::size_t at = 0; at < bytes; at += block.size()) {
    workload::require(write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size()), "write");
  }
  workload::require(fsync(file) == 0, "fsync");
  // As a whole: what was written may be cached in units larger than a page, which go only whole.
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

}  // namespace

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "FILE BYTES SECONDS");
  const std::size_t bytes = steps.number(1) / (1 << 20) * (1 << 20);
  const int file = open(steps.word(0).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  workload::require(file >= 0, "open");
  unlink(steps.word(0).c_str());
  fill(file, bytes);
  auto* const area = static_cast<volatile char*>(mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0));
  workload::require(area != MAP_FAILED, "mmap");
  madvise(const_cast<char*>(area), bytes, MADV_RANDOM);
  steps.ready();
  std::minstd_rand random(1);
  std::uint64_t read_pages = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(steps.number(2));
  while (std::chrono::steady_clock::now() < end) {
    // Out of the process and out of the cache, so that the next touch has to read.
    const std::size_t page = random() % (bytes / kPage) * kPage;
    madvise(const_cast<char*>(area) + page, kPage, MADV_DONTNEED);
    posix_fadvise(file, static_cast<off_t>(page), kPage, POSIX_FADV_DONTNEED);
    (void)area[page];
    ++read_pages;
  }
  steps.done({{"read_pages", read_pages}});
}
