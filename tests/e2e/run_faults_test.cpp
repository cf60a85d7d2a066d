// SPDX-License-Identifier: Apache-2.0
// The daemon before sinks that fail: it neither waits nor loses without a word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "e2e/daemon.h"
#include "e2e/server.h"
#include "fixtures/fake_http_server.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using fixtures::FakeHttpServer;
using testing::HasSubstr;

std::string every_sleep(const TempFolder& folder) {
  return "rules:\n  defaults: false\n  files: [" +
         folder.write("rules.yml",
                      "groups:\n  - name: mine\n    rules:\n"
                      "      - {alert: Sleeps, expr: 'pmon_process_threads{comm=\"sleep\"} >= 1'}\n") +
         "]\n";
}

// So many programs that do nothing, born at about the same time; until its stdin ends.
Words sleepers(int count) {
  return {"sh", "-c",
          "for i in $(seq " + std::to_string(count) +
              "); do sleep 100 & all=\"$all $!\"; done; echo born; read line; kill $all"};
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++found;
  return found;
}

TEST(RunFaults, AThousandAlertsInOneTickReachEverySink) {
  const TempFolder folder;
  FakeHttpServer webhook;
  FakeHttpServer collector;
  Daemon daemon(every_sleep(folder) + "export:\n  file: [{path: " + folder.file("events.jsonl") +
                    ", events: [alert], metrics: [pmon_self_cpu_seconds_total]}]\n" +
                    "alerting:\n  route: {receiver: all, group_by: ['...'], group_wait: 0s}\n"
                    "  receivers:\n    - name: all\n      stdout_configs: [{}]\n"
                    "      webhook_configs: [{url: '" +
                    webhook.url("/hook") + "'}]\n      alertmanager_configs: [{urls: ['" + collector.url() + "']}]\n",
                {"--interval", "500ms"});
  Child many(sleepers(1000));
  ASSERT_TRUE(many.wait_for_out("born"));
  ASSERT_TRUE(eventually([&] { return webhook.requests().size() >= 1000; }, Milliseconds(60'000)))
      << webhook.requests().size() << daemon.get("/healthz").body;
  EXPECT_TRUE(eventually([&] { return count(folder.read("events.jsonl"), "\"alert\":\"Sleeps\"") >= 1000; }));
  EXPECT_TRUE(eventually([&] {
    std::size_t alerts = 0;
    for (const auto& request : collector.requests()) alerts += count(request.body, "\"alertname\":\"Sleeps\"");
    return alerts >= 1000;
  }));
  const nlohmann::json health = daemon.json("/healthz");
  for (const nlohmann::json& sink : health.at("sinks")) {
    EXPECT_EQ(sink.value("dropped", nlohmann::json::object()), nlohmann::json::object()) << sink.dump();
  }
  EXPECT_LT(daemon.metric("pmon_collect_duration_seconds").value_or(9), 0.5);
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_GE(times_fired(daemon.child().out(), "Sleeps"), 1000U);
  many.close_stdin();
  EXPECT_TRUE(many.wait().has_value());
}

TEST(RunFaults, ADeadSinkDelaysNeitherTicksNorOthers) {
  const TempFolder folder;
  FakeHttpServer hanging;
  hanging.answer_with({.fault = FakeHttpServer::Fault::kHang});
  FakeHttpServer well;
  Daemon daemon("export:\n  http:\n    - {name: hanging, url: '" + hanging.url() +
                    "', window: 200ms, metrics: [pmon_self_cpu_seconds_total]}\n    - {name: well, url: '" +
                    well.url() + "', window: 200ms, metrics: [pmon_self_cpu_seconds_total]}\n",
                {"--interval", "100ms"});
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(well.wait_for_requests(20));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8)) << "one each 200 ms";
  EXPECT_LT(daemon.json("/healthz").at("age_seconds").get<double>(), 1);
}

TEST(RunFaults, SigtermWithFullQueuesEndsInTimeAndCountsWhatIsLost) {
  FakeHttpServer hanging;
  hanging.answer_with({.fault = FakeHttpServer::Fault::kHang});
  Daemon daemon("export:\n  http: [{name: hanging, url: '" + hanging.url() +
                    "', window: 200ms, metrics: [pmon_self_cpu_seconds_total]}]\n",
                {"--interval", "100ms"});
  ASSERT_TRUE(eventually([&] { return daemon.json("/healthz").at("sinks").at(0).at("queue_length") >= 10; }));
  const auto begin = std::chrono::steady_clock::now();
  daemon.child().signal(SIGTERM);
  EXPECT_EQ(daemon.child().wait(Milliseconds(8000)), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(6000));
  EXPECT_THAT(daemon.child().out(), HasSubstr("\"code\":\"sink_dropped\""));
  EXPECT_THAT(daemon.child().out(), HasSubstr("shutdown"));
}

// Without a state folder, and so without a spool.
TEST(RunFaults, SigtermEndsAProgramThatRunsAndCountsWhatItWasToTell) {
  const TempFolder folder;
  const std::string yaml =
      every_sleep(folder) + "alerting:\n  route: {receiver: page, group_wait: 0s}\n  receivers:\n" +
      "    - {name: page, exec_configs: [{command: [/bin/sh, -c, 'touch \"$0\"; exec tail -f /dev/null', " +
      folder.file("began") + "], timeout: 60s}]}\n";
  Child sleeper({"sleep", "60"});
  Child daemon(pmon({"run", "--config", folder.write("pmon.yaml", yaml), "--state", "", "--interval", "200ms", "--set",
                     "lock=" + folder.file("lock"), "--listen", "127.0.0.1:0", "--output", "json"}));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder.file("began")); })) << daemon.out();
  const auto begin = std::chrono::steady_clock::now();
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(Milliseconds(8000)), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(6000));
  EXPECT_THAT(daemon.out(), HasSubstr("\"code\":\"sink_dropped\""));
  EXPECT_THAT(daemon.out(), HasSubstr("page/exec: 1 items were given up so far (1 shutdown)"));
  sleeper.signal(SIGKILL);
}

TEST(RunFaults, AFullDiskIsToldOnceAndWrittenAgainWhenThereIsRoom) {
  const TempFolder folder;
  ASSERT_EQ(run({"mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path()}).status, 0);
  {
    folder.write("ballast", std::string(60'000, 'x'));
    Daemon daemon("", {"--interval", "200ms", "--textfile", folder.file("pmon.prom")});
    EXPECT_TRUE(daemon.child().wait_for_out("\"code\":\"sink_failing\""));
    EXPECT_TRUE(daemon.child().wait_for_out("No space left on device"));
    EXPECT_FALSE(daemon.child().wait_for_out("No space left on device", Milliseconds(1500))) << "once";
    EXPECT_EQ(run({"mount", "-o", "remount,size=4m", folder.path()}).status, 0);
    EXPECT_TRUE(daemon.child().wait_for_out("works again"));
    EXPECT_THAT(folder.read("pmon.prom"), HasSubstr("pmon_build_info"));
    EXPECT_EQ(daemon.stop(), 0);
  }
  EXPECT_EQ(run({"umount", folder.path()}).status, 0);
}

}  // namespace
}  // namespace pmon::test
