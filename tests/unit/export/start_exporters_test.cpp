// SPDX-License-Identifier: Apache-2.0
// Whole sinks, from the words of the configuration to what a server or a file gets.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "export/make_exporters.h"
#include "fake_http_server.h"
#include "support.h"
#include "window_support.h"

namespace pmon {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Timestamp kTime = 1'700'000'040'000;

struct StartExporters : testing::Test {
  Result<std::vector<std::unique_ptr<Exporter>>> try_start(const std::string& text) {
    ExporterConfigs configs;
    config::YamlReader yaml(text, "pmon.yaml");
    yaml.run([&](const YAML::Node& section) { configs = read_exporters(yaml, section, true); });
    EXPECT_EQ(config::text_of(yaml.errors()), "");
    std::vector<std::unique_ptr<Exporter>> exporters;
    for (const auto& config : configs) {
      auto exporter = config->start({"db1", folder.path()});
      if (!exporter) return std::unexpected(exporter.error());
      exporters.push_back(std::move(*exporter));
    }
    return exporters;
  }
  std::unique_ptr<Exporter> start(const std::string& text) {
    auto started = try_start(text);
    if (!started) {
      ADD_FAILURE() << started.error().text();
      return nullptr;
    }
    return std::move(started->at(0));
  }
  // Two ticks, and the end, which flushes.
  static void run(Exporter& exporter, std::chrono::milliseconds patience = 5s) {
    for (int i = 1; i <= 2; ++i) {
      exporter.metrics(kTime + i * 1000, std::vector{test::gauge("pmon_process_threads", {{{{"pid", "7"}}, 10.0 + i}}),
                                                     test::gauge("pmon_process_brk_bytes", {{{}, 1}})});
      AlertNotice notice;
      notice.time = kTime;
      notice.labels = {{"alertname", "CpuBurn"}};
      if (i == 1) exporter.alert(notice, {});
      exporter.flush(kTime + i * 1000);
    }
    exporter.stop(kTime + 2000, delivery::Clock::now() + patience);
  }
  test::TempFolder folder;
};

TEST_F(StartExporters, InfluxdbOne) {
  test::FakeHttpServer server({204});
  const auto exporter =
      start("influxdb: [{url: '" + server.url() +
            "', database: d, username: u, password: p, gzip: false, metrics: [pmon_process_threads]}]");
  run(*exporter);
  ASSERT_EQ(server.requests().size(), 1U);
  const test::FakeHttpRequest request = server.requests()[0];
  EXPECT_EQ(request.line, "POST /write?db=d&precision=ms HTTP/1.1");
  EXPECT_EQ(request.header("authorization"), "Basic dTpw");
  EXPECT_EQ(request.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(request.body, "pmon_process_threads,host=db1,pid=7 last=12,max=12,mean=11.5,p95=11.95 1700000042000\n");
  EXPECT_EQ(exporter->status()->sent, 1U);
}

TEST_F(StartExporters, InfluxdbTwo) {
  test::FakeHttpServer server({204});
  run(*start("influxdb: [{url: '" + server.url() + "/', org: o, bucket: b, token: t}]"));
  ASSERT_EQ(server.requests().size(), 1U);
  const test::FakeHttpRequest request = server.requests()[0];
  EXPECT_EQ(request.line, "POST /api/v2/write?org=o&bucket=b&precision=ms HTTP/1.1");
  EXPECT_EQ(request.header("authorization"), "Token t");
  EXPECT_EQ(request.header("content-encoding"), "gzip");
}

TEST_F(StartExporters, HttpSendsAnArray) {
  test::FakeHttpServer server({200});
  run(*start("http: [{url: '" + server.url() + "/in', headers: {X-Key: k}, statistics: [last], tags: {env: x}}]"));
  ASSERT_EQ(server.requests().size(), 1U);
  const test::FakeHttpRequest request = server.requests()[0];
  EXPECT_EQ(request.line, "POST /in HTTP/1.1");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("x-key"), "k");
  EXPECT_EQ(json::parse(request.body),
            json::parse(R"([{"ts":1700000042000,"host":"db1","type":"pmon_process_threads","value":12,
                             "tags":{"env":"x","pid":"7"}},
                            {"ts":1700000042000,"host":"db1","type":"pmon_process_brk_bytes","value":1,
                             "tags":{"env":"x"}}])"));
}

TEST_F(StartExporters, LokiHasItsPathAndTenant) {
  test::FakeHttpServer server({204, 204});
  const std::string sink = "', tenant: t1, labels: {env: x}}]";
  run(*start("loki: [{url: '" + server.url() + sink));
  run(*start("loki: [{url: '" + server.url() + "/own/push" + sink));
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[0].line, "POST /loki/api/v1/push HTTP/1.1");
  EXPECT_EQ(server.requests()[0].header("x-scope-orgid"), "t1");
  EXPECT_EQ(server.requests()[1].line, "POST /own/push HTTP/1.1");
  const json stream = json::parse(server.requests()[0].body)["streams"][0]["stream"];
  EXPECT_EQ(stream,
            json({{"alertname", "CpuBurn"}, {"env", "x"}, {"host", "db1"}, {"job", "pmon"}, {"type", "alert"}}));
}

TEST_F(StartExporters, RemoteWriteHasItsHeaders) {
  test::FakeHttpServer server({204});
  run(*start("remote_write: [{url: '" + server.url() + "/api/v1/write', http_config: {bearer_token: b}}]"));
  ASSERT_EQ(server.requests().size(), 1U);
  const test::FakeHttpRequest request = server.requests()[0];
  EXPECT_EQ(request.header("content-encoding"), "snappy");
  EXPECT_EQ(request.header("content-type"), "application/x-protobuf");
  EXPECT_EQ(request.header("x-prometheus-remote-write-version"), "0.1.0");
  EXPECT_EQ(request.header("authorization"), "Bearer b");
}

TEST_F(StartExporters, WhatTheServerRefusesGoesToTheFallback) {
  test::FakeHttpServer server({400});
  const std::string path = folder.path() + "/fallback.jsonl";
  const auto exporter = start("http: [{url: '" + server.url() + "', statistics: [last], fallback: " + path + "}]");
  run(*exporter);
  EXPECT_EQ(exporter->status()->dropped.at("rejected"), 1U);
  EXPECT_THAT(exporter->status()->last_error, HasSubstr("400"));
  EXPECT_EQ(test::read_file(path),
            R"({"ts":1700000042000,"host":"db1","type":"pmon_process_threads","value":12,"tags":{"pid":"7"}})"
            "\n"
            R"({"ts":1700000042000,"host":"db1","type":"pmon_process_brk_bytes","value":1})"
            "\n");
}

TEST_F(StartExporters, WhatNobodyTakesUntilTheEndGoesToTheFallback) {
  const std::string path = folder.path() + "/fallback.lp";
  // A port that is not listened on: that of a server which is gone.
  const std::string url = test::FakeHttpServer({}).url();
  const auto exporter = start("influxdb: [{url: '" + url + "', database: d, fallback: " + path + "}]");
  run(*exporter, 1200ms);
  EXPECT_EQ(exporter->status()->dropped.at("shutdown"), 1U);
  EXPECT_THAT(test::read_file(path), HasSubstr("pmon_process_brk_bytes,host=db1 last=1,"));
}

TEST_F(StartExporters, ASpoolKeepsWhatNobodyTook) {
  const std::string url = test::FakeHttpServer({}).url();
  {
    const auto exporter = start("http: [{url: '" + url + "', spool: true}]");
    run(*exporter, 300ms);
    EXPECT_EQ(exporter->status()->length, 1U);
  }
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/spool/http"));
  test::FakeHttpServer server({200});
  const auto exporter = start("http: [{url: '" + server.url() + "', spool: true}]");
  exporter->stop(kTime, delivery::Clock::now() + 5s);
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(exporter->status()->sent, 1U);
}

TEST_F(StartExporters, FilesHaveReportsAndEvents) {
  const std::string path = folder.path() + "/pmon.jsonl";
  run(*start("file: [{path: " + path + ", events: [alert], statistics: [max]}]"));
  std::ifstream file(path);
  std::vector<std::string> types;
  for (std::string line; std::getline(file, line);) types.push_back(json::parse(line)["type"]);
  EXPECT_THAT(types, ElementsAre("alert", "pmon_process_threads:max", "pmon_process_brk_bytes:max"));
}

TEST_F(StartExporters, ATextfileHasTheLastTick) {
  const std::string path = folder.path() + "/pmon.prom";
  const auto exporter = start("textfile: [{path: " + path + ", metrics: ['*_threads']}]");
  run(*exporter);
  EXPECT_THAT(test::read_file(path), HasSubstr("pmon_process_threads{pid=\"7\"} 12\n"));
  EXPECT_THAT(test::read_file(path), testing::Not(HasSubstr("brk_bytes")));
  EXPECT_EQ(exporter->status()->length, 0U);
}

// Each text is tried once: the next tick brings a newer one at once, not after a retry's delay.
TEST_F(StartExporters, ATextfileThatCannotBeWrittenHealsAtTheNextTick) {
  const std::string away = folder.path() + "/away";
  std::filesystem::create_directory(folder.path() + "/in");
  const auto exporter = start("textfile: [{path: " + folder.path() + "/in/pmon.prom}]");
  std::filesystem::rename(folder.path() + "/in", away);
  const std::vector families{test::gauge("pmon_process_threads", {{{}, 1}})};
  const auto wait_for = [&](auto done) {
    const auto deadline = delivery::Clock::now() + 5s;
    while (!done(*exporter->status()) && delivery::Clock::now() < deadline) std::this_thread::sleep_for(1ms);
  };
  for (std::uint64_t i = 1; i <= 7; ++i) {
    exporter->metrics(kTime + static_cast<Timestamp>(i), families);
    wait_for([i](const delivery::QueueStatus& status) {
      const auto rejected = status.dropped.find("rejected");
      return rejected != status.dropped.end() && rejected->second == i;
    });
  }
  EXPECT_THAT(exporter->status()->last_error, HasSubstr("No such file or directory"));
  std::filesystem::rename(away, folder.path() + "/in");
  exporter->metrics(kTime + 10, families);
  wait_for([](const delivery::QueueStatus& status) { return status.sent == 1; });
  EXPECT_EQ(exporter->status()->sent, 1U);
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/in/pmon.prom"));
}

TEST_F(StartExporters, WhatCannotBeStartedIsAnError) {
  const auto file = try_start("file: [{path: /nowhere/at/all}]");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(file.error().text(), HasSubstr("open '/nowhere/at/all': No such file or directory"));
  const auto textfile = try_start("textfile: [{path: /nowhere/at.prom}]");
  ASSERT_FALSE(textfile.has_value());
  const auto kafka = try_start(
      "kafka: [{name: k, brokers: ['127.0.0.1:1'], properties: {sasl.mechanisms: hunter2, security.protocol: "
      "hunter2}}]");
  ASSERT_FALSE(kafka.has_value());
  EXPECT_THAT(kafka.error().text(),
              AllOf(HasSubstr("sink 'k': the value of Kafka's setting 'security.protocol' is not valid"),
                    testing::Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace pmon
