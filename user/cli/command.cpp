// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "cli/bench.h"
#include "cli/check.h"
#include "cli/doctor.h"
#include "cli/listings.h"
#include "cli/print.h"
#include "cli/record.h"
#include "cli/replay.h"
#include "cli/run.h"
#include "cli/silence.h"
#include "cli/test.h"
#include "cli/watch.h"
#include "pmon/suggest.h"
#include "pmon/version.h"

namespace pmon::cli {

namespace {

constexpr Command kCommands[] = {
    {"watch", "Follow processes and tell when one misbehaves", run_watch},
    {"run", "Watch the whole host, as a daemon", run_run},
    {"check", "Say what is wrong with files of rules or configuration", run_check},
    {"test", "Run unit tests of rules, as promtool does", run_test},
    {"silence", "Mute alerts for some time, or list what is muted", run_silence},
    {"record", "Write what the collector sees into a file", run_record},
    {"replay", "Run rules over a recording", run_replay},
    {"metrics", "List every metric with its unit and meaning", run_metrics},
    {"rules", "Print the default rules as a file to edit", run_rules},
    {"doctor", "Say what this kernel, user and container allow", run_doctor},
    {"bench", "Measure what pmon itself costs on this host", run_bench},
};

std::string overview() {
  std::string text =
      "pmon watches processes through the kernel and tells when one misbehaves.\n\n"
      "Usage: pmon COMMAND [OPTION...]\n\nCommands:\n";
  for (const Command& command : kCommands) text += fmt::format("  {:<9} {}\n", command.name, command.help);
  text +=
      "\nExamples:\n"
      "  pmon watch --pid 1234\n"
      "  pmon watch --name 'nginx|php-fpm' --wait --output json\n"
      "  pmon watch --duration 30s --fail-on-alert -- make -j8\n\n"
      "'pmon COMMAND --help' tells the options of a command; 'pmon --version' the version.\n";
  return text;
}

const Command* find(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

Result<int> dispatch(const Words& words) {
  if (words.empty()) return fail(ErrorKind::kUsage, "no command given", "see 'pmon --help'");
  const std::string& first = words.front();
  if (first == "--version" || first == "-V") {
    print(fmt::format("pmon {}\n", kVersion));
    return kEndedAsAsked;
  }
  if (first == "--help" || first == "-h" || (first == "help" && words.size() == 1)) {
    print(overview());
    return kEndedAsAsked;
  }
  if (first == "help") return dispatch({words[1], "--help"});
  if (const Command* command = find(first)) return command->run({words.begin() + 1, words.end()});
  std::vector<std::string_view> names = {"help", "--help", "--version"};
  for (const Command& command : kCommands) names.push_back(command.name);
  const std::string_view what = first.starts_with("-") ? "option" : "command";
  return fail(ErrorKind::kUsage, fmt::format("unknown {} '{}'{}", what, first, did_you_mean(first, names)),
              "see 'pmon --help'");
}

// Where stderr is closed or full, the exit status alone tells.
void show(const Error& error) {
  const std::string line = fmt::format("pmon: {}\n", error.text());
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

std::span<const Command> commands() { return kCommands; }

int main(const Words& words) {
  std::signal(SIGPIPE, SIG_IGN);
  const Result<int> result = dispatch(words);
  if (!result) show(result.error());
  return after_finishing_stdout(result ? *result : exit_status(result.error().kind));
}

}  // namespace pmon::cli
