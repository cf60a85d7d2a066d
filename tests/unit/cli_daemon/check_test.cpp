// SPDX-License-Identifier: Apache-2.0
#include "cli_daemon/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../cli/in_process.h"
#include "cli_daemon/run.h"

namespace pmon::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Command kCommands[] = {{"run", "", run_run}, {"check", "", run_check}};

Outcome run(const Words& words) { return run(kCommands, words); }

TEST(DaemonCommands, HaveHelpWithinEightyColumns) {
  for (const Command& command : kCommands) {
    const Outcome help = run({std::string(command.name), "--help"});
    EXPECT_EQ(help.status, 0) << command.name;
    EXPECT_THAT(help.out, HasSubstr("Usage: pmon " + std::string(command.name)));
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(Check, NeedsAFile) {
  const Outcome check = run({"check"});
  EXPECT_EQ(check.status, 2);
  EXPECT_EQ(check.out, "");
  EXPECT_THAT(check.err, HasSubstr("FILE is required"));
}

TEST(Check, TheDefaultRulesAreFine) {
  const Outcome check = run({"check", PMON_SOURCE_DIR "/rules/default.yml"});
  EXPECT_EQ(check.status, 0) << check.err;
  EXPECT_THAT(check.out, StartsWith(PMON_SOURCE_DIR "/rules/default.yml: fine, "));
}

TEST(Check, PointsAtTheUnknownMetric) {
  const TemporaryFile file(one_rule("pmon_process_threads > 5 and pmon_process_thread > 3"));
  const Outcome check = run({"check", file.path()});
  EXPECT_EQ(check.status, 2);
  EXPECT_EQ(check.out, "");
  EXPECT_THAT(check.err, HasSubstr(file.path() + ":5:40: unknown metric 'pmon_process_thread' (did you mean "
                                                 "'pmon_process_threads'?)\n"));
  EXPECT_THAT(check.err,
              HasSubstr("expr: pmon_process_threads > 5 and pmon_process_thread > 3\n" + std::string(41, ' ') + "^"));
}

TEST(Check, WarnsOfAMetricOfAnotherExporter) {
  const TemporaryFile file(one_rule("node_load1 > 5"));
  const Outcome check = run({"check", file.path()});
  EXPECT_EQ(check.status, 0) << check.err;
  EXPECT_THAT(check.out, StartsWith(file.path() + ":5:11: warning: rule 'A' reads 'node_load1': no such metric here"));
  EXPECT_THAT(check.out, HasSubstr(file.path() + ": fine, 1 alerting"));
}

TEST(Check, TellsOfEveryFileAtOnce) {
  const TemporaryFile good(one_rule("pmon_process_threads > 5"));
  const TemporaryFile syntax(one_rule("pmon_process_threads >"));
  const Outcome check = run({"check", good.path(), syntax.path(), "/nonexistent.yml"});
  EXPECT_EQ(check.status, 2);
  EXPECT_THAT(check.err, HasSubstr(syntax.path() + ":5:"));
  EXPECT_THAT(check.err, HasSubstr("/nonexistent.yml"));
}

TEST(Check, ReadsAlertingConfigurationsToo) {
  const TemporaryFile good(
      "global: {resolve_timeout: 5m}\nroute: {receiver: a, routes: [{}]}\nreceivers: [{name: a}]\n");
  const Outcome fine = run({"check", good.path()});
  EXPECT_EQ(fine.status, 0) << fine.err;
  EXPECT_THAT(fine.out, StartsWith(good.path() + ":1:27: warning: 'resolve_timeout' has no effect"));
  EXPECT_THAT(fine.out, HasSubstr(good.path() + ": fine, 2 routes, 1 receivers and 3 inhibit rules\n"));
  const TemporaryFile bad("route: {receiver: b}\nreceivers: [{name: a}]\n");
  const TemporaryFile rules(one_rule("pmon_process_threads >"));
  const Outcome wrong = run({"check", rules.path(), bad.path(), good.path()});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_THAT(wrong.err, HasSubstr(bad.path() + ":1:19: unknown receiver 'b'"));
  EXPECT_THAT(wrong.err, HasSubstr(rules.path() + ":5:"));
}

TEST(Check, ARecordedNameIsKnownToOtherFiles) {
  const TemporaryFile uses(one_rule("my:busy > 1"));
  const TemporaryFile records("groups:\n- name: r\n  rules:\n  - record: my:busy\n    expr: pmon_process_threads\n");
  EXPECT_THAT(run({"check", uses.path()}).out, HasSubstr("reads 'my:busy': no such metric here"));
  const Outcome both = run({"check", uses.path(), records.path()});
  EXPECT_EQ(both.status, 0) << both.err;
  EXPECT_EQ(both.out, uses.path() + ": fine, 1 alerting and 0 recording rules\n" + records.path() +
                          ": fine, 0 alerting and 1 recording rules\n");
}

}  // namespace
}  // namespace pmon::cli
