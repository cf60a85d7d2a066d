// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "cli/out_of_memory.h"
#include "cli/print.h"
#include "export/utf8.h"
#include "pmon/suggest.h"
#include "pmon/version.h"

namespace pmon::cli {

namespace {

using Commands = std::span<const Command>;

std::string overview(Commands commands) {
  std::string text =
      "pmon watches processes through the kernel and tells when one misbehaves.\n\n"
      "Usage: pmon COMMAND [OPTION...]\n\nCommands:\n";
  for (const Command& command : commands) text += fmt::format("  {:<9} {}\n", command.name, command.help);
  text +=
      "\nExamples:\n"
      "  pmon watch --pid 1234\n"
      "  pmon watch --name 'nginx|php-fpm' --wait --output json\n"
      "  pmon watch --duration 30s --fail-on-alert -- make -j8\n\n"
      "'pmon COMMAND --help' tells the options of a command; 'pmon --version' the version.\n";
  return text;
}

const Command* find(Commands commands, std::string_view name) {
  for (const Command& command : commands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

Result<int> dispatch(Commands commands, const Words& words) {
  if (words.empty()) return fail(ErrorKind::kUsage, "no command given", "see 'pmon --help'");
  const std::string& first = words.front();
  if (first == "--version" || first == "-V") {
    print(fmt::format("pmon {}\n", kVersion));
    return kEndedAsAsked;
  }
  if (first == "--help" || first == "-h" || (first == "help" && words.size() == 1)) {
    print(overview(commands));
    return kEndedAsAsked;
  }
  if (first == "help") return dispatch(commands, {words[1], "--help"});
  if (const Command* command = find(commands, first)) return command->run({words.begin() + 1, words.end()});
  std::vector<std::string_view> names = {"help", "--help", "--version"};
  for (const Command& command : commands) names.push_back(command.name);
  const std::string_view what = first.starts_with("-") ? "option" : "command";
  return fail(ErrorKind::kUsage, fmt::format("unknown {} '{}'{}", what, first, did_you_mean(first, names)),
              "see 'pmon --help'");
}

// Where stderr is closed or full, the exit status alone tells.
void show(const Error& error) {
  const std::string line = fmt::format("pmon: {}\n", harmless_lines(error.text()));
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

// Text that fills a disk or goes nowhere is not success; a reader that has seen enough is.
int after_finishing_stdout(int status) {
  const int error = finish_stdout();
  if (error == 0 || error == EPIPE) return status;
  show(fail_errno(error, "write stdout").error());
  return status == kEndedAsAsked ? kFailedRunning : status;
}

}  // namespace

int exit_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return kBadWords;
    case ErrorKind::kUnsupported: return kNotSupported;
    case ErrorKind::kFailed: return kFailedRunning;
  }
  return kFailedRunning;
}

int main(Commands commands, const Words& words) {
  std::signal(SIGPIPE, SIG_IGN);
  end_in_order_without_memory();
  const Result<int> result = dispatch(commands, words);
  if (!result) show(result.error());
  return after_finishing_stdout(result ? *result : exit_status(result.error().kind));
}

}  // namespace pmon::cli
