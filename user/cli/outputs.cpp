// SPDX-License-Identifier: Apache-2.0
#include "cli/outputs.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "export/json_output.h"
#include "export/text_output.h"

namespace pmon::cli {

namespace {

// https://no-color.org: set and not empty.
bool wants_colour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  return ::isatty(fd) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

std::unique_ptr<Output> make_output(bool json, Sink& sink) {
  if (json) return std::make_unique<JsonOutput>(sink);
  return std::make_unique<TextOutput>(sink, wants_colour(STDOUT_FILENO));
}

}  // namespace pmon::cli
