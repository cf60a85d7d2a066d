// SPDX-License-Identifier: Apache-2.0
// The daemon before the servers that people run, as Debian ships them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "e2e/daemon.h"
#include "e2e/server.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A program of which everything is known: one thread, and its pid.
class RealServers : public testing::Test {
 protected:
  RealServers() : known_("burn", {"1", "1", "any"}) { known_.wait_for("ready"); }

  [[nodiscard]] std::string pid() const { return std::to_string(known_.pid()); }
  [[nodiscard]] std::string threads() const { return "pmon_process_threads{pid=\"" + pid() + "\"}"; }

  // Two rules about that program, of which the first is more severe.
  [[nodiscard]] std::string rules(const std::string& name = "workload_burn") const {
    const std::string condition = "pmon_process_threads{comm=\"" + name + "\"} >= 1";
    return "rules:\n  defaults: false\n  files: [" +
           folder_.write("rules.yml",
                         "groups:\n  - name: mine\n    rules:\n"
                         "      - {alert: Worse, expr: '" +
                             condition +
                             "', labels: {severity: page}}\n"
                             "      - {alert: Bad, expr: '" +
                             condition + "', labels: {severity: warning}}\n") +
           "]\n";
  }

  TempFolder folder_;
  SteppedWorkload known_;
};

TEST_F(RealServers, PrometheusScrapes) {
  Daemon daemon;
  const auto prometheus = start_prometheus(folder_, daemon.port());
  ASSERT_TRUE(eventually([&] { return prometheus->query(threads()) == 1; }));
  EXPECT_EQ(prometheus->query("up{job=\"pmon\"}"), 1);
  EXPECT_GT(prometheus->query("scrape_samples_scraped{job=\"pmon\"}").value_or(0), 100);
  // It asks for OpenMetrics first, where a counter is known by its name without _total.
  const nlohmann::json metadata = prometheus->json("/api/v1/targets/metadata?metric=pmon_process_cpu_seconds");
  ASSERT_FALSE(metadata.at("data").empty());
  EXPECT_EQ(metadata.at("data")[0].at("type"), "counter");
}

TEST_F(RealServers, NodeExporterReadsTheTextfile) {
  const TempFolder textfiles;
  Daemon daemon("", {"--textfile", textfiles.file("pmon.prom"), "--interval", "200ms"});
  const auto exporter = start_node_exporter(textfiles.path());
  std::string metrics;
  ASSERT_TRUE(eventually([&] {
    metrics = exporter->get("/metrics");
    return metrics.find("pmon_process_threads{comm=\"workload_burn\",pid=\"" + pid() + "\"} 1\n") != std::string::npos;
  })) << metrics.substr(0, 2000);
  EXPECT_THAT(metrics, HasSubstr("node_textfile_scrape_error 0\n"));
}

TEST_F(RealServers, AlertmanagerReceivesInhibitsAndResolves) {
  const auto alertmanager = start_alertmanager(folder_,
                                               "route: {receiver: nobody, group_by: [alertname], group_wait: 0s}\n"
                                               "receivers: [{name: nobody}]\n"
                                               "inhibit_rules:\n"
                                               "  - source_matchers: [severity=\"page\"]\n"
                                               "    target_matchers: [severity=\"warning\"]\n"
                                               "    equal: [pid]\n");
  Daemon daemon(rules() +
                    "alerting:\n"
                    "  route: {receiver: fleet, group_by: ['...'], group_wait: 0s, group_interval: 1s}\n"
                    "  inhibit_rules: []\n"
                    "  receivers: [{name: fleet, alertmanager_configs: [{urls: [" +
                    alertmanager->url() + "]}]}]\n",
                {"--interval", "200ms"});
  const auto alert = [&](const std::string& name) {
    for (const nlohmann::json& one : alertmanager->json("/api/v2/alerts")) {
      if (one.at("labels").at("alertname") == name) return one;
    }
    return nlohmann::json();
  };
  ASSERT_TRUE(eventually([&] { return !alert("Worse").is_null() && !alert("Bad").is_null(); }));
  EXPECT_EQ(alert("Worse").at("labels").at("pid"), pid());
  EXPECT_NE(alert("Worse").at("labels").value("instance", ""), "") << "hosts of a fleet must not collide";
  EXPECT_TRUE(eventually([&] { return alert("Bad").at("status").at("state") == "suppressed"; }));
  EXPECT_EQ(alertmanager->json("/api/v2/alerts/groups").size(), 2U);
  // After a crash it goes on hearing of what fires.
  const std::string before = alert("Worse").at("updatedAt");
  daemon.kill();
  daemon.start();
  EXPECT_TRUE(eventually([&] { return alert("Worse").at("updatedAt") != before; }));
  known_.child().signal(SIGKILL);
  EXPECT_TRUE(eventually([&] { return alert("Worse").is_null() && alert("Bad").is_null(); }))
      << alertmanager->get("/api/v2/alerts");
}

TEST_F(RealServers, InfluxdbStoresTheSameNumbers) {
  const auto influxdb = start_influxdb(folder_);
  influxdb->post("/query", "q=CREATE DATABASE pmon");
  Daemon daemon("export: {influxdb: [{url: '" + influxdb->url() + "', database: pmon, window: 1s}]}\n",
                {"--interval", "200ms"});
  const auto stored = [&](const std::string& measurement, const std::string& field) -> std::optional<double> {
    const std::string query = "SELECT last(\"" + field + "\") FROM " + measurement + " WHERE pid='" + pid() + "'";
    influxdb->post("/query", "q=SHOW DATABASES");
    const nlohmann::json answer = influxdb->json("/query?db=pmon&q=" + [](std::string text) {
      for (std::size_t at = 0; (at = text.find(' ', at)) != std::string::npos;) text.replace(at, 1, "%20");
      for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos;) text.replace(at, 1, "%22");
      for (std::size_t at = 0; (at = text.find('=', at)) != std::string::npos;) text.replace(at, 1, "%3D");
      return text;
    }(query));
    const nlohmann::json& result = answer.at("results").at(0);
    if (!result.contains("series")) return std::nullopt;
    return result.at("series")[0].at("values")[0][1].get<double>();
  };
  ASSERT_TRUE(eventually([&] { return stored("pmon_process_threads", "last").has_value(); }));
  EXPECT_EQ(stored("pmon_process_threads", "last"), 1);
  EXPECT_EQ(stored("pmon_process_threads", "max"), 1);
  EXPECT_EQ(stored("pmon_process_cpu_seconds_total", "last"),
            daemon.metric("pmon_process_cpu_seconds_total{comm=\"workload_burn\",pid=\"" + pid() + "\"}"));
  EXPECT_EQ(daemon.metric("pmon_sink_dropped_total{reason=\"rejected\",sink=\"influxdb\"}"), std::nullopt);
}

TEST_F(RealServers, VictoriaMetricsTakesRemoteWriteAndLineProtocol) {
  const auto victoria = start_victoria_metrics(folder_);
  Daemon daemon("export:\n  remote_write: [{url: '" + victoria->url("/api/v1/write") +
                    "', window: 1s, labels: {way: remote_write}}]\n  influxdb: [{url: '" + victoria->url() +
                    "', database: pmon, window: 1s, tags: {way: line_protocol}}]\n",
                {"--interval", "200ms"});
  EXPECT_TRUE(eventually([&] {
    return victoria->query("pmon_process_threads{way=\"remote_write\",pid=\"" + pid() + "\"}") == 1;
  })) << daemon.get("/healthz").body;
  EXPECT_TRUE(eventually([&] {
    return victoria->query("pmon_process_threads_last{way=\"line_protocol\",pid=\"" + pid() + "\"}") == 1;
  })) << victoria->get("/api/v1/label/__name__/values");
  const std::string cpu = "{comm=\"workload_burn\",pid=\"" + pid() + "\"}";
  EXPECT_EQ(victoria->query("pmon_process_cpu_seconds_total{way=\"remote_write\",pid=\"" + pid() + "\"}"),
            daemon.metric("pmon_process_cpu_seconds_total" + cpu));
}

TEST_F(RealServers, InfluxdbThatIsAwayAndComesBackLosesNothingWithASpool) {
  const int port = free_port();
  Daemon daemon("export: {influxdb: [{url: 'http://127.0.0.1:" + std::to_string(port) +
                    "', database: pmon, window: 200ms, spool: true, metrics: [pmon_self_cpu_seconds_total]}]}\n",
                {"--interval", "200ms"});
  const auto sink = [&] { return daemon.json("/healthz").at("sinks").at(0); };
  ASSERT_TRUE(eventually([&] { return sink().at("queue_length") > 5; }));
  daemon.kill();  // and the spool outlives even that
  daemon.start();
  ASSERT_TRUE(eventually([&] { return sink().at("queue_length") > 10; }));
  const auto influxdb = start_influxdb(folder_, port);
  influxdb->post("/query", "q=CREATE DATABASE pmon");
  ASSERT_TRUE(eventually([&] { return sink().at("queue_length") <= 1; }, Milliseconds(60'000))) << sink().dump();
  EXPECT_EQ(sink().value("dropped", nlohmann::json::object()), nlohmann::json::object());
}

}  // namespace
}  // namespace pmon::test
