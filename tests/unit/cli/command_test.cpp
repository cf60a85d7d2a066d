// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../../golden/golden.h"
#include "cli/delegate.h"
#include "in_process.h"
#include "pmon/version.h"

namespace pmon::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Outcome run(const Words& words) { return run(commands(), words); }

TEST(Command, HelpListsTheCommands) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.err, "");
  test::expect_golden("help.txt", help.out);
  EXPECT_EQ(run({"help"}).out, help.out);
  EXPECT_EQ(run({"help", "watch"}).out, run({"watch", "--help"}).out);
}

TEST(Command, EveryCommandHasHelpWithinEightyColumns) {
  for (const Command& command : commands()) {
    if (command.run == delegate_run || command.run == delegate_check) continue;  // tests/unit/cli_daemon
    const Outcome help = run({std::string(command.name), "--help"});
    EXPECT_EQ(help.status, 0) << command.name;
    EXPECT_THAT(help.out, HasSubstr("Usage: pmon " + std::string(command.name)));
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(Command, VersionIsTheBuilds) {
  EXPECT_EQ(run({"--version"}).out, "pmon " + std::string(kVersion) + "\n");
  EXPECT_THAT(file_text(PMON_SOURCE_DIR "/CMakeLists.txt"),
              HasSubstr("project(pmon VERSION " + std::string(kVersion) + " "));
}

TEST(Command, RefusesUnknownWords) {
  const auto refused = [](const Words& words) {
    const Outcome result = run(words);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  EXPECT_EQ(refused({}), "pmon: no command given (see 'pmon --help')\n");
  EXPECT_EQ(refused({"wach"}), "pmon: unknown command 'wach' (did you mean 'watch'?) (see 'pmon --help')\n");
  EXPECT_EQ(refused({"--versoin"}),
            "pmon: unknown option '--versoin' (did you mean '--version'?) (see 'pmon --help')\n");
  EXPECT_EQ(refused({"metrics", "--jsn"}),
            "pmon: unknown option '--jsn' (did you mean '--json'?) (see 'pmon metrics --help')\n");
  EXPECT_THAT(refused({"metrics", "--json", "--markdown"}), HasSubstr("--markdown"));
  EXPECT_THAT(refused({"bench", "--ticks", "0"}), HasSubstr("--ticks: 0 is not within"));
  EXPECT_THAT(refused({"rules", "x"}), HasSubstr("unexpected word 'x'"));
}

TEST(Command, ExitStatusFollowsTheKindOfError) {
  EXPECT_EQ(exit_status(ErrorKind::kFailed), 1);
  EXPECT_EQ(exit_status(ErrorKind::kUsage), 2);
  EXPECT_EQ(exit_status(ErrorKind::kUnsupported), 3);
}

TEST(Command, OutputThatGoesNowhereIsAnError) {
  fflush(stdout);
  const int saved = dup(STDOUT_FILENO);
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  dup2(full, STDOUT_FILENO);
  testing::internal::CaptureStderr();
  const int status = main(commands(), {"metrics"});
  const std::string err = testing::internal::GetCapturedStderr();
  __fpurge(stdout);
  clearerr(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  close(full);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(err, "pmon: write stdout: No space left on device\n");
}

TEST(Metrics, Listings) {
  const Outcome text = run({"metrics"});
  EXPECT_EQ(text.status, 0);
  EXPECT_THAT(text.out,
              StartsWith("pmon_process_cpu_seconds_total  (counter, seconds)\n    by pid, comm\n    On-CPU time"));
  std::istringstream lines(run({"metrics", "--json"}).out);
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_THAT(object.at("name").get<std::string>(), StartsWith("pmon_"));
    EXPECT_THAT(text.out, HasSubstr(object.at("name").get<std::string>()));
  }
  EXPECT_EQ(run({"metrics", "--markdown"}).out, file_text(PMON_SOURCE_DIR "/docs/metrics.md"));
}

TEST(Rules, ThePrintedOnesAreTheFile) {
  const Outcome rules = run({"rules"});
  EXPECT_EQ(rules.status, 0);
  EXPECT_EQ(rules.out, file_text(PMON_SOURCE_DIR "/rules/default.yml"));
}

// Everything that words and files can have wrong is refused before anything is attached.
TEST(Watch, RefusesBadFilesBeforeItStarts) {
  const TemporaryFile broken(one_rule("rate(pmon_process_threads"));
  const std::string self = std::to_string(getpid());
  const Outcome rules = run({"watch", "--pid", self, "--rules", broken.path()});
  EXPECT_EQ(rules.status, 2);
  EXPECT_THAT(rules.err, HasSubstr(broken.path() + ":5:"));
  const Outcome textfile = run({"watch", "--pid", self, "--textfile", "/nonexistent/x.prom"});
  EXPECT_EQ(textfile.status, 2);
  EXPECT_THAT(textfile.err, HasSubstr("textfile '/nonexistent/x.prom'"));
  EXPECT_EQ(textfile.out, "");
}

}  // namespace
}  // namespace pmon::cli
