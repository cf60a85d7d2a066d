// SPDX-License-Identifier: Apache-2.0
// Bad words and files: one clear message, the remedy, the documented status, and nothing on stdout.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "e2e/pmon.h"
#include "support/temp_folder.h"

namespace pmon::test {
namespace {

struct Refusal {
  const char* name;
  Words words;
  const char* says;
};

void PrintTo(const Refusal& refusal, std::ostream* stream) { *stream << refusal.name; }

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithStatus2AndOneMessage) {
  const Outcome outcome = run(pmon(GetParam().words), Milliseconds(5000));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find(GetParam().says), std::string::npos) << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("pmon: ")) << outcome.err;
  EXPECT_EQ(outcome.err.find("\npmon: "), std::string::npos) << "more than one message: " << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    Words, Refused,
    testing::Values(Refusal{"NoCommand", {}, "no command given"},
                    Refusal{"UnknownCommand", {"wach"}, "did you mean 'watch'"},
                    Refusal{"NoTarget", {"watch"}, "nothing to watch"},
                    Refusal{"NoCommandAfterDashes", {"watch", "--"}, "no command after '--'"},
                    Refusal{"UnknownOption", {"watch", "--pidd", "1"}, "did you mean '--pid'"},
                    Refusal{"PidNotANumber", {"watch", "--pid", "12x"}, "12x"},
                    Refusal{"PidOutOfRange", {"watch", "--pid", "99999999"}, "4194304"},
                    Refusal{"PidGone", {"watch", "--pid", "4194301"}, "no process has pid 4194301"},
                    Refusal{"KernelThread", {"watch", "--pid", "2"}, "kernel thread"},
                    Refusal{"BadRegex", {"watch", "--name", "a(b"}, "missing )"},
                    Refusal{"UnknownUnit", {"watch", "--unit", "no-such-unit"}, "no-such-unit.service"},
                    Refusal{"UnknownCgroup", {"watch", "--cgroup", "/no/such"}, "no cgroup /no/such"},
                    Refusal{"IntervalTooShort", {"watch", "--pid", "1", "--interval", "99ms"}, "100ms"},
                    Refusal{"IntervalTooLong", {"watch", "--pid", "1", "--interval", "2h"}, "1h"},
                    Refusal{"IntervalWithoutUnit", {"watch", "--pid", "1", "--interval", "5"}, "--interval"},
                    Refusal{"DurationOfNothing", {"watch", "--pid", "1", "--duration", "0s"}, "--duration"},
                    Refusal{"UnknownCollector", {"watch", "--pid", "1", "--collector", "xbpf"}, "xbpf"},
                    Refusal{"UnknownOutput", {"watch", "--pid", "1", "--output", "xml"}, "xml"},
                    Refusal{"RingNotAPowerOfTwo", {"watch", "--pid", "1", "--ring-bytes", "5000"}, "4096 or 8192"},
                    Refusal{
                        "TextfileWithoutFolder", {"watch", "--pid", "1", "--textfile", "/no/such/x.prom"}, "/no/such"},
                    Refusal{"RuleFileNotThere", {"watch", "--pid", "1", "--rules", "/no/such.yml"}, "/no/such.yml"},
                    Refusal{"CommandNotThere", {"watch", "--", "/no/such/program"}, "/no/such/program"}),
    [](const auto& test) { return std::string(test.param.name); });

struct BrokenRules {
  const char* name;
  const char* text;
  const char* place;
  const char* says;
};

void PrintTo(const BrokenRules& rules, std::ostream* stream) { *stream << rules.name; }

class Rules : public testing::TestWithParam<BrokenRules> {};

// `check` and `watch` read a file in the same way: what one says the other says.
TEST_P(Rules, BrokenAreToldWithPlaceByCheckAndWatch) {
  const TempFolder folder;
  const std::string file = folder.write("bad.yml", GetParam().text);
  for (const Words& words : {Words{"check", file}, Words{"watch", "--pid", "1", "--rules", file}}) {
    const Outcome outcome = run(pmon(words), Milliseconds(5000));
    EXPECT_EQ(outcome.status, 2) << words.front();
    const std::string all = outcome.out + outcome.err;
    EXPECT_NE(all.find(file + GetParam().place), std::string::npos) << words.front() << ": " << all;
    EXPECT_NE(all.find(GetParam().says), std::string::npos) << words.front() << ": " << all;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, Rules,
    testing::Values(BrokenRules{"UnknownKey",
                                "groups:\n  - name: a\n    rules:\n      - alert: B\n        exp: vector(1)\n", ":5:9",
                                "did you mean 'expr'"},
                    BrokenRules{"SyntaxError",
                                "groups:\n  - name: a\n    rules:\n      - alert: B\n        expr: rate(x[5m]\n",
                                ":5:", "^"},
                    BrokenRules{"UnknownMetric",
                                "groups:\n  - name: a\n    rules:\n      - alert: B\n"
                                "        expr: pmon_process_cpu_second_total > 1\n",
                                ":5:", "pmon_process_cpu_seconds_total"},
                    BrokenRules{"BadDuration",
                                "groups:\n  - name: a\n    rules:\n      - alert: B\n        expr: vector(1)\n"
                                "        for: 5 minutes\n",
                                ":6:", "5 minutes"},
                    BrokenRules{"NotYaml", "groups: [\n", ":", "YAML"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Listings, GoToStdoutWithStatus0) {
  for (const char* const command : {"metrics", "rules", "--help", "--version"}) {
    const Outcome outcome = run(pmon({command}));
    EXPECT_EQ(outcome.status, 0) << command;
    EXPECT_NE(outcome.out, "") << command;
    EXPECT_EQ(outcome.err, "") << command;
  }
}

TEST(Listings, DefaultRulesPassTheirOwnCheck) {
  const TempFolder folder;
  const std::string file = folder.write("default.yml", run(pmon({"rules"})).out);
  const Outcome outcome = run(pmon({"check", file}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(Listings, IntoAFullDiskFail) {
  const Outcome outcome = run({"sh", "-c", "exec \"$0\" rules >/dev/full", PMON_BINARY});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("No space left"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace pmon::test
