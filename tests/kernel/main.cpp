// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

// `kernel_tests --eat-memory`: a program that waits a little, to be seen, and grows by 4 MiB every 10 ms until it is
// killed.
static int eat_memory() {
  usleep(300'000);
  for (;;) {
    void* area = std::malloc(4 << 20);
    if (area == nullptr) return 1;
    std::memset(area, 1, 4 << 20);
    usleep(10'000);
  }
}

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--eat-memory") == 0) return eat_memory();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
