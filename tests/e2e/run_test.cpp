// SPDX-License-Identifier: Apache-2.0
// The daemon as it is started and asked by people and programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <limits>

#include "e2e/daemon.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRules =
    "groups:\n"
    "  - name: mine\n"
    "    rules:\n"
    "      - alert: There\n"
    "        expr: pmon_process_threads{comm=\"workload_burn\"} >= 1\n";

// A daemon with this one rule, and a program that makes it fire.
std::string with_rules(const TempFolder& folder, const std::string& more = {}) {
  return "rules:\n  defaults: false\n  files: [" + folder.write("rules.yml", kRules) + "]\n" + more;
}

std::string status_line(pid_t pid, const std::string& key) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return line.substr(line.find_first_not_of(" \t", key.size() + 1));
  }
  return "";
}

TEST(Run, NeedsNoFileAndShowsTheWholeHost) {
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  Daemon daemon("", {"--set", "collect.max_series=100000"});
  const std::string pid = std::to_string(burner.pid());
  EXPECT_EQ(daemon.metric("pmon_process_threads{comm=\"workload_burn\",pid=\"" + pid + "\"}"), 1);
  EXPECT_GE(daemon.metric("pmon_group_processes{group=\"workload_burn\"}").value_or(0), 1);
  EXPECT_EQ(daemon.get("/readyz").status, 200);
  const nlohmann::json health = daemon.json("/healthz");
  EXPECT_EQ(health.at("collector"), "ebpf");
  EXPECT_LT(health.at("age_seconds").get<double>(), 5);
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_THAT(daemon.child().err(), testing::IsEmpty());
}

TEST(Run, PromtoolFindsNothingWrongWithTheMetrics) {
  Daemon daemon;
  Child promtool({"promtool", "check", "metrics"});
  promtool.write(daemon.get("/metrics").body);
  promtool.close_stdin();
  EXPECT_EQ(promtool.wait(), 0);
  EXPECT_EQ(promtool.out() + promtool.err(), "");
}

TEST(Run, AHostHasOneDaemon) {
  Daemon first;
  const Outcome second =
      run(pmon({"run", "--set", "lock=" + first.folder().file("lock"), "--state", "", "--listen", "off"}));
  EXPECT_EQ(second.status, 2);
  EXPECT_THAT(second.err,
              HasSubstr("another pmon (pid " + std::to_string(first.child().pid()) + ") is this host's daemon"));
}

TEST(Run, AnAddressThatIsTakenIsToldBeforeAnythingElse) {
  Daemon first;
  const TempFolder folder;
  const Outcome second = run(pmon({"run", "--set", "lock=" + folder.file("lock"), "--state", folder.file("s"),
                                   "--listen", "127.0.0.1:" + std::to_string(first.port())}));
  EXPECT_EQ(second.status, 1) << "its user may go: systemd is to try again";
  EXPECT_THAT(second.err, HasSubstr(std::to_string(first.port())));
}

TEST(Run, KeepsNoPrivilegeThatItDoesNotUse) {
  Daemon daemon;
  const pid_t pid = daemon.child().pid();
  EXPECT_EQ(status_line(pid, "NoNewPrivs"), "1");
  EXPECT_EQ(status_line(pid, "Seccomp"), "2");
  const std::uint64_t bounding = std::stoull(status_line(pid, "CapBnd"), nullptr, 16);
  constexpr std::uint64_t kPerfmonAndBpf = (1ULL << 38) | (1ULL << 39);
  EXPECT_EQ(bounding & ~kPerfmonAndBpf, 0U) << "programs that it starts can have no more";
  EXPECT_EQ(std::stoull(status_line(pid, "CapEff"), nullptr, 16) & ~kPerfmonAndBpf, 0U);
}

TEST(Run, AlertsGoToStdoutAndAreShownWhileTheyFire) {
  const TempFolder folder;
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  Daemon daemon(with_rules(folder), {"--interval", "100ms"});
  ASSERT_TRUE(daemon.child().wait_for_out("\"alert\":\"There\""));
  const nlohmann::json alerts = daemon.json("/api/v1/alerts").at("data").at("alerts");
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].at("state"), "firing");
  EXPECT_EQ(alerts[0].at("labels").at("pid"), std::to_string(burner.pid()));
  burner.child().signal(SIGKILL);
  ASSERT_TRUE(daemon.child().wait_for_out("\"state\":\"resolved\""));
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_EQ(times_fired(daemon.child().out(), "There"), 1U);
}

TEST(Run, AKilledDaemonTellsNothingTwice) {
  const TempFolder folder;
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  Daemon daemon(with_rules(folder), {"--interval", "100ms"});
  ASSERT_TRUE(daemon.child().wait_for_out("\"alert\":\"There\""));
  EXPECT_FALSE(daemon.child().wait_for_out("never", Milliseconds(300))) << "time for the disk";
  daemon.kill();
  daemon.start();
  EXPECT_FALSE(daemon.child().wait_for_out("\"alert\"", Milliseconds(1500))) << daemon.child().out();
  burner.child().signal(SIGKILL);
  EXPECT_TRUE(daemon.child().wait_for_out("\"state\":\"resolved\""));
}

TEST(Run, ASilenceIsHeededWhileItRuns) {
  const TempFolder folder;
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  Daemon daemon(with_rules(folder), {"--interval", "100ms"});
  ASSERT_TRUE(daemon.child().wait_for_out("\"alert\":\"There\""));
  const auto silence = [&](Words words) {
    words.insert(words.begin(), "silence");
    words.insert(words.end(), {"--state", daemon.folder().file("state")});
    const Outcome done = run(pmon(words));
    EXPECT_EQ(done.status, 0) << done.err;
  };
  silence({"add", "There", "--comment", "known"});
  SteppedWorkload second("burn", {"1", "1", "any"});
  second.wait_for("ready");
  const std::string pid = "\"pid\":\"" + std::to_string(second.pid()) + "\"";
  EXPECT_FALSE(daemon.child().wait_for_out(pid, Milliseconds(1000))) << daemon.child().out();
  silence({"expire", "--all"});
  EXPECT_TRUE(daemon.child().wait_for_out(pid, Milliseconds(2000))) << "it still fires, so it is told now";
}

TEST(Run, ReloadsAsAWholeOrNotAtAll) {
  const TempFolder folder;
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  Daemon daemon("http: {enable_reload: true}\nrules: {defaults: false}\n", {"--interval", "100ms"});
  daemon.reload("rules: {files: [nowhere.yml]}\n");
  ASSERT_TRUE(daemon.child().wait_for_out("\"code\":\"reload_failed\""));
  EXPECT_THAT(daemon.child().out(), HasSubstr("nowhere.yml"));
  daemon.reload(with_rules(folder, "http: {enable_reload: true}\n"));
  ASSERT_TRUE(daemon.child().wait_for_out("\"code\":\"reloaded\""));
  ASSERT_TRUE(daemon.child().wait_for_out("\"alert\":\"There\""));
  folder.write("rules.yml", "groups: []\n");
  EXPECT_EQ(daemon.post("/-/reload").status, 200);
  EXPECT_TRUE(daemon.child().wait_for_out("\"reason\":\"rule_removed\""));
  folder.write("rules.yml", "groups: 3\n");
  const Daemon::Answer refused = daemon.post("/-/reload");
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("rules.yml:1:"));
}

TEST(Run, ReloadingOverHttpIsOffUnlessAskedFor) {
  Daemon daemon;
  const Daemon::Answer refused = daemon.post("/-/reload");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("enable_reload"));
}

TEST(Run, TheEnvironmentTurnsMetricsOff) {
  Daemon daemon("", {}, {.environment = {{"PMON_DISABLE_METRICS", "1"}}});
  EXPECT_EQ(daemon.get("/metrics").status, 404);
  EXPECT_EQ(daemon.get("/healthz").status, 200);
}

TEST(Run, AnswersQueriesAsPrometheusDoes) {
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  Daemon daemon("", {"--interval", "100ms"});
  const std::string pid = std::to_string(burner.pid());
  const nlohmann::json answer = daemon.json("/api/v1/query?query=pmon_process_threads%7Bpid%3D%22" + pid + "%22%7D");
  EXPECT_EQ(answer.at("status"), "success");
  ASSERT_EQ(answer.at("data").at("result").size(), 1U);
  EXPECT_EQ(answer.at("data").at("result")[0].at("value")[1], "1");
  // No rule reads it: it is kept from the first question on.
  const std::string unread = "/api/v1/query?query=pmon_process_virtual_bytes%7Bpid%3D%22" + pid + "%22%7D";
  (void)daemon.json(unread);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (daemon.json(unread).at("data").at("result").empty()) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  const Daemon::Answer wrong = daemon.get("/api/v1/query?query=sum(");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(nlohmann::json::parse(wrong.body).at("errorType"), "bad_data");
}

TEST(Run, ProcessesAreListedByWhatTheyUse) {
  Daemon daemon;
  const auto listed = [&](const std::string& query) {
    return daemon.json("/api/v1/processes?" + query).at("data").at("processes");
  };
  const nlohmann::json by_pid = listed("sort=pid&limit=2");
  ASSERT_EQ(by_pid.size(), 2U);
  EXPECT_LT(by_pid[0].at("pid"), by_pid[1].at("pid"));
  const nlohmann::json all = listed("sort=memory&limit=10000");
  ASSERT_GT(all.size(), 3U);
  double before = std::numeric_limits<double>::infinity();
  for (const nlohmann::json& process : all) {
    const nlohmann::json& metrics = process.at("metrics");
    const double memory = metrics.value("resident_bytes", 0.0) + metrics.value("swap_bytes", 0.0);
    EXPECT_LE(memory, before);
    before = memory;
  }
  EXPECT_EQ(daemon.get("/api/v1/processes?sort=size").status, 400);
}

TEST(Run, DeclaredProgramsThatAreNotThereAreDown) {
  Daemon daemon("collect: {names: [no-such-program]}\n", {"--interval", "100ms"});
  EXPECT_EQ(daemon.metric("pmon_process_up{target=\"name no-such-program\"}"), 0);
}

TEST(Run, AMistakeInTheFileIsToldWithItsPlace) {
  const TempFolder folder;
  const std::string file = folder.write("pmon.yaml", "collect:\n  intervall: 1s\n");
  for (const Words& words : {Words{"run", "-c", file}, Words{"check", file}}) {
    const Outcome outcome = run(pmon(words));
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr(file + ":2:3: unknown key 'intervall' in 'collect' (did you mean 'interval'?)"));
  }
}

TEST(Run, SecretsAreInNoOutput) {
  const TempFolder folder;
  const std::string yaml =
      "export:\n  http:\n    - url: http://user:geheim1@127.0.0.1:1/x?token=geheim2\n"
      "alerting:\n  route: {receiver: team, group_wait: 0s}\n  receivers:\n    - name: team\n      slack_configs:\n"
      "        - api_url: http://127.0.0.1:1/geheim3\n          channel: '#x'\n";
  Daemon daemon(yaml + with_rules(folder), {"--interval", "100ms"});
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  EXPECT_TRUE(daemon.child().wait_for_out("\"code\":\"sink_failing\"")) << daemon.child().out();
  const std::string configuration = daemon.get("/config").body;
  EXPECT_THAT(configuration, HasSubstr("api_url: <secret>"));
  EXPECT_THAT(configuration, HasSubstr("#   --interval 100ms\n"));
  const std::string shown =
      configuration + daemon.get("/metrics").body + daemon.get("/healthz").body + daemon.get("/").body;
  (void)daemon.stop();
  EXPECT_THAT(shown + daemon.child().out() + daemon.child().err(), Not(HasSubstr("geheim")));
}

}  // namespace
}  // namespace pmon::test
