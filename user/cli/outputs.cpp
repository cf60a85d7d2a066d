// SPDX-License-Identifier: Apache-2.0
#include "cli/outputs.h"

#include <unistd.h>

#include "export/json_output.h"
#include "export/text_output.h"
#include "pmon/environment.h"

namespace pmon::cli {

namespace {

// https://no-color.org: set and not empty.
bool wants_colour(int fd) {
  if (!environment("NO_COLOR").value_or("").empty()) return false;
  return ::isatty(fd) != 0 && environment("TERM").value_or("dumb") != "dumb";
}

}  // namespace

std::unique_ptr<Output> make_output(bool json, Sink& sink) {
  if (json) return std::make_unique<JsonOutput>(sink);
  return std::make_unique<TextOutput>(sink, wants_colour(STDOUT_FILENO));
}

}  // namespace pmon::cli
