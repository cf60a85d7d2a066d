// SPDX-License-Identifier: Apache-2.0
#include "cli/print.h"

#include <cerrno>
#include <cstdio>
#include <utility>

namespace pmon::cli {

namespace {

int first_error = 0;

void remember(bool failed) {
  if (failed && first_error == 0) first_error = errno != 0 ? errno : EIO;
}

}  // namespace

void print(std::string_view text) {
  errno = 0;
  remember(std::fwrite(text.data(), 1, text.size(), stdout) != text.size());
}

int finish_stdout() {
  errno = 0;
  remember(std::fflush(stdout) != 0);
  return std::exchange(first_error, 0);
}

}  // namespace pmon::cli
