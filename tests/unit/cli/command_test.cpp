// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

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
#include "pmon/version.h"

namespace pmon::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

Outcome run(const Words& words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome result;
  result.status = main(words);
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int fd = mkstemps(path.data(), 4);
    EXPECT_GE(fd, 0);
    close(fd);
    std::ofstream(path) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path = "/tmp/pmon-rules-XXXXXX.yml";
};

std::string one_rule(const std::string& expr) {
  return "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: " + expr + "\n";
}

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
  EXPECT_THAT(refused({"check"}), HasSubstr("FILE is required"));
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
  const int status = main({"metrics"});
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

TEST(Rules, ThePrintedOnesAreTheFileAndPassTheCheck) {
  const Outcome rules = run({"rules"});
  EXPECT_EQ(rules.status, 0);
  EXPECT_EQ(rules.out, file_text(PMON_SOURCE_DIR "/rules/default.yml"));
  const TemporaryFile copy(rules.out);
  const Outcome check = run({"check", copy.path});
  EXPECT_EQ(check.status, 0) << check.err;
  EXPECT_THAT(check.out, StartsWith(copy.path + ": fine, "));
}

TEST(Check, PointsAtTheUnknownMetric) {
  const TemporaryFile file(one_rule("pmon_process_threads > 5 and pmon_process_thread > 3"));
  const Outcome check = run({"check", file.path});
  EXPECT_EQ(check.status, 2);
  EXPECT_EQ(check.out, "");
  EXPECT_THAT(check.err, HasSubstr(file.path + ":5:40: unknown metric 'pmon_process_thread' (did you mean "
                                               "'pmon_process_threads'?)\n"));
  EXPECT_THAT(check.err,
              HasSubstr("expr: pmon_process_threads > 5 and pmon_process_thread > 3\n" + std::string(41, ' ') + "^"));
}

TEST(Check, WarnsOfAMetricOfAnotherExporter) {
  const TemporaryFile file(one_rule("node_load1 > 5"));
  const Outcome check = run({"check", file.path});
  EXPECT_EQ(check.status, 0) << check.err;
  EXPECT_THAT(check.out, StartsWith(file.path + ":5:11: warning: rule 'A' reads 'node_load1': no such metric here"));
  EXPECT_THAT(check.out, HasSubstr(file.path + ": fine, 1 alerting"));
}

TEST(Check, TellsOfEveryFileAtOnce) {
  const TemporaryFile good(one_rule("pmon_process_threads > 5"));
  const TemporaryFile syntax(one_rule("pmon_process_threads >"));
  const Outcome check = run({"check", good.path, syntax.path, "/nonexistent.yml"});
  EXPECT_EQ(check.status, 2);
  EXPECT_THAT(check.err, HasSubstr(syntax.path + ":5:"));
  EXPECT_THAT(check.err, HasSubstr("/nonexistent.yml"));
}

TEST(Check, ReadsAlertingConfigurationsToo) {
  const TemporaryFile good(
      "global: {resolve_timeout: 5m}\nroute: {receiver: a, routes: [{}]}\nreceivers: [{name: a}]\n");
  const Outcome fine = run({"check", good.path});
  EXPECT_EQ(fine.status, 0) << fine.err;
  EXPECT_THAT(fine.out, StartsWith(good.path + ":1:27: warning: 'resolve_timeout' has no effect"));
  EXPECT_THAT(fine.out, HasSubstr(good.path + ": fine, 2 routes, 1 receivers and 2 inhibit rules\n"));
  const TemporaryFile bad("route: {receiver: b}\nreceivers: [{name: a}]\n");
  const TemporaryFile rules(one_rule("pmon_process_threads >"));
  const Outcome wrong = run({"check", rules.path, bad.path, good.path});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_THAT(wrong.err, HasSubstr(bad.path + ":1:19: unknown receiver 'b'"));
  EXPECT_THAT(wrong.err, HasSubstr(rules.path + ":5:"));
}

TEST(Check, ARecordedNameIsKnownToOtherFiles) {
  const TemporaryFile uses(one_rule("my:busy > 1"));
  const TemporaryFile records("groups:\n- name: r\n  rules:\n  - record: my:busy\n    expr: pmon_process_threads\n");
  EXPECT_THAT(run({"check", uses.path}).out, HasSubstr("reads 'my:busy': no such metric here"));
  const Outcome both = run({"check", uses.path, records.path});
  EXPECT_EQ(both.status, 0) << both.err;
  EXPECT_EQ(both.out, uses.path + ": fine, 1 alerting and 0 recording rules\n" + records.path +
                          ": fine, 0 alerting and 1 recording rules\n");
}

// Everything that words and files can have wrong is refused before anything is attached.
TEST(Watch, RefusesBadFilesBeforeItStarts) {
  const TemporaryFile broken(one_rule("rate(pmon_process_threads"));
  const std::string self = std::to_string(getpid());
  const Outcome rules = run({"watch", "--pid", self, "--rules", broken.path});
  EXPECT_EQ(rules.status, 2);
  EXPECT_THAT(rules.err, HasSubstr(broken.path + ":5:"));
  const Outcome textfile = run({"watch", "--pid", self, "--textfile", "/nonexistent/x.prom"});
  EXPECT_EQ(textfile.status, 2);
  EXPECT_THAT(textfile.err, HasSubstr("textfile '/nonexistent/x.prom'"));
  EXPECT_EQ(textfile.out, "");
}

}  // namespace
}  // namespace pmon::cli
