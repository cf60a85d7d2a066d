// SPDX-License-Identifier: Apache-2.0
#include "export/make_exporters.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "export/exporters.h"
#include "support.h"

namespace pmon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Reading {
  ExporterConfigs configs;
  std::string errors;
};

Reading read(const std::string& text, bool has_state = true) {
  Reading reading;
  config::YamlReader yaml(text, "pmon.yaml");
  yaml.run([&](const YAML::Node& section) { reading.configs = read_exporters(yaml, section, has_state); });
  reading.errors = config::text_of(yaml.errors());
  return reading;
}

// The first sink, which must be of this kind.
template <typename Config>
const Config& only(const Reading& reading) {
  EXPECT_EQ(reading.errors, "");
  return dynamic_cast<const Config&>(*reading.configs.at(0));
}

TEST(ReadExporters, NothingIsNothing) {
  EXPECT_TRUE(read("").configs.empty());
  EXPECT_TRUE(read("influxdb:\nloki: []\n").configs.empty());
}

TEST(ReadExporters, WhatIsNotSaidHasADefault) {
  const Reading reading = read("http: [{url: 'http://h/x'}]");
  const auto& http = only<HttpPushConfig>(reading);
  EXPECT_EQ(http.name, "http");
  EXPECT_EQ(http.kind, "http");
  EXPECT_EQ(http.metrics.window_ms, 30'000);
  EXPECT_THAT(http.metrics.names, IsEmpty());
  EXPECT_EQ(http.metrics.statistics, Statistics::all());
  EXPECT_EQ(http.queue.timeout, std::chrono::seconds(5));
  EXPECT_EQ(http.queue.items, 1000U);
  EXPECT_FALSE(http.queue.spool);
  EXPECT_FALSE(http.http.gzip);
}

TEST(ReadExporters, EveryKeyOfInfluxdb) {
  setenv("PMON_TEST_PASSWORD", "se cret", 1);
  const Reading reading = read(R"(
influxdb:
  - name: main
    url: http://db:8086/
    database: pmon db
    retention_policy: week
    username: pmon
    password: ${PMON_TEST_PASSWORD}
    gzip: false
    batch: 100
    headers: {X-Team: a}
    http_config: {tls_config: {insecure_skip_verify: true}}
    fallback: /tmp/x.lp
    tags: {env: prod}
    window: 1m
    metrics: [pmon_process_cpu_seconds_total, '*_bytes']
    statistics: [last, p95]
    timeout: 2s
    queue: 10
    spool: true
    spool_size: 10MB
)");
  const auto& influxdb = only<InfluxdbConfig>(reading);
  EXPECT_EQ(influxdb.name, "main");
  EXPECT_EQ(influxdb.path(), "/write?db=pmon%20db&rp=week&precision=ms");
  EXPECT_EQ(influxdb.password.reveal(), "se cret");
  EXPECT_FALSE(influxdb.http.gzip);
  EXPECT_TRUE(influxdb.http.http.insecure_skip_verify);
  EXPECT_EQ(influxdb.batch, 100U);
  EXPECT_THAT(influxdb.files(), ElementsAre("/tmp/x.lp"));
  EXPECT_EQ(influxdb.tags.text(), "{env=\"prod\"}");
  EXPECT_EQ(influxdb.metrics.window_ms, 60'000);
  EXPECT_THAT(influxdb.metrics.names, ElementsAre("pmon_process_cpu_seconds_total", "*_bytes"));
  EXPECT_TRUE(influxdb.metrics.statistics.has(Statistic::kP95));
  EXPECT_FALSE(influxdb.metrics.statistics.has(Statistic::kMax));
  EXPECT_EQ(influxdb.queue.timeout, std::chrono::seconds(2));
  EXPECT_EQ(influxdb.queue.items, 10U);
  EXPECT_TRUE(influxdb.queue.spool);
  EXPECT_EQ(influxdb.queue.spool_bytes, 10'000'000U);
  const delivery::HttpRequest request = influxdb.http.request("t", influxdb.path());
  EXPECT_EQ(request.url.reveal(), "http://db:8086/write?db=pmon%20db&rp=week&precision=ms");
  EXPECT_EQ(request.name, "http://db:8086/write");
  EXPECT_THAT(request.headers, ElementsAre(testing::Pair("X-Team", "a")));
}

TEST(ReadExporters, InfluxdbTwoHasBucketsAndTokens) {
  const Reading reading = read("influxdb: [{url: 'https://h', org: o&o, bucket: b, token: t}]");
  EXPECT_EQ(only<InfluxdbConfig>(reading).path(), "/api/v2/write?org=o%26o&bucket=b&precision=ms");
  EXPECT_TRUE(only<InfluxdbConfig>(reading).http.gzip);
}

TEST(ReadExporters, TheOtherKinds) {
  const Reading reading = read(R"(
textfile: [{path: /var/lib/x/pmon.prom, metrics: [pmon_group_*]}]
file: [{path: /tmp/a.jsonl, max_size: 1GB, keep: 3, events: [alert, oom_kill]}]
loki: [{url: 'http://loki:3100', tenant: t1, labels: {env: prod}, events: [alert]}]
kafka:
  - brokers: ['a:9092', 'b:9092']
    topic: m
    events_topic: e
    properties: {security.protocol: SASL_SSL, sasl.password: s3cret}
remote_write: [{url: 'http://vm/api/v1/write', window: 0s, labels: {cluster: c1}}]
)");
  ASSERT_EQ(reading.errors, "");
  ASSERT_EQ(reading.configs.size(), 5U);
  const auto& file = dynamic_cast<const FileConfig&>(*reading.configs[1]);
  EXPECT_EQ(file.max_bytes, 1'000'000'000U);
  EXPECT_EQ(file.keep, 3U);
  EXPECT_TRUE(file.events.has(EventKind::kOomKill));
  EXPECT_FALSE(file.events.has(EventKind::kExit));
  const auto& kafka = dynamic_cast<const KafkaConfig&>(*reading.configs[3]);
  EXPECT_EQ(kafka.properties.at("sasl.password").reveal(), "s3cret");
  const auto& remote_write = dynamic_cast<const RemoteWriteConfig&>(*reading.configs[4]);
  EXPECT_EQ(remote_write.metrics.statistics, Statistics::only(Statistic::kLast)) << "as a scrape would have it";
  EXPECT_EQ(remote_write.metrics.window_ms, 0);
}

TEST(ReadExporters, NamesAreUnique) {
  const Reading fine = read("http: [{url: 'http://a'}, {url: 'http://b'}, {name: c, url: 'http://c'}]");
  ASSERT_EQ(fine.errors, "");
  EXPECT_EQ(fine.configs[1]->name, "http-2");
  EXPECT_EQ(fine.configs[2]->name, "c");
  EXPECT_EQ(read("http: [{url: 'http://a'}]\nloki:\n  - name: http\n    url: http://b").errors,
            "pmon.yaml:3:5: the name 'http' is another sink's already (line 1)\n    - name: http\n      ^");
  EXPECT_THAT(read("file: [{path: /a}]\nhttp: [{url: 'http://b', fallback: /a}]").errors,
              HasSubstr("the file '/a' is another sink's already (line 1)"));
}

TEST(ReadExporters, MistakesAreToldWithTheirPlaceAndRemedy) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"influx: []", "pmon.yaml:1:1: unknown key 'influx' in 'export' (did you mean 'influxdb'?)"},
      {"http: {url: x}", "pmon.yaml:1:7: 'http' must be a list"},
      {"http: [{url: 'http://a', windw: 3s}]", "unknown key 'windw' in a sink of 'http' (did you mean 'window'?)"},
      {"remote_write: [{url: 'http://a', gzip: true}]", "unknown key 'gzip' in a sink of 'remote_write'"},
      {"http: [{}]", "sink 'http': 'url' is missing"},
      {"http: [{url: 'ftp://a'}]", "'url' is no address such as http://host:8086 or https://host/path"},
      {"http: [{url: 'http://a', window: 30}]", "'window': not a duration: '30'"},
      {"http: [{url: 'http://a', window: 2h}]", "'window' must not be longer than 60m"},
      {"http: [{url: 'http://a', timeout: 0s}]", "'timeout' must be longer than 0"},
      {"http: [{url: 'http://a', metrics: [pmon_proces_threads]}]",
       "pmon.yaml:1:36: 'metrics': there is no metric 'pmon_proces_threads' (did you mean 'pmon_process_threads'?)"},
      {"http: [{url: 'http://a', metrics: ['foo*']}]", "there is no metric 'foo*' ('pmon metrics' lists them"},
      {"http: [{url: 'http://a', statistics: [p96]}]", "'statistics': unknown value 'p96' (did you mean 'p95'?)"},
      {"http: [{url: 'http://a', statistics: []}]", "'statistics' must name at least one"},
      {"http: [{url: 'http://a', queue: 0}]", "'queue': 0 is not within 1 to 1000000"},
      {"http: [{url: 'http://a', batch: 1e3}]", "'batch': not a whole number: '1e3'"},
      {"http: [{url: 'http://a', spool: yep}]", "'spool' must be true or false"},
      {"http: [{url: 'http://a', spool_size: 64}]", "'spool_size' must be at least 1MB"},
      {"http: [{url: 'http://a', tags: {a-b: c}}]", "'tags': 'a-b' is not the name of a label"},
      {"http: [{url: 'http://a', name: a/b}]", "'name': 'a/b' must be of letters"},
      {"http: [{url: 'http://a', headers: {'a b': c}}]", "'headers': 'a b' is no name of a header"},
      {"http: [{url: 'http://a', headers: {a: \"b\\nc\"}}]", "'headers': the value of 'a' has a control character"},
      {"http: [{url: 'http://${PMON_TEST_NOT_THERE}'}]", "the environment has no variable 'PMON_TEST_NOT_THERE'"},
      {"influxdb: [{url: 'http://a'}]", "'database' (InfluxDB 1) or 'bucket' (2) is missing"},
      {"influxdb: [{url: 'http://a', database: d, token: t}]", "use one or the other"},
      {"influxdb: [{url: 'http://a', token: t}]", "'bucket' is missing"},
      {"influxdb: [{url: 'http://a', database: d, username: u}]", "'username' and 'password' belong together"},
      {"influxdb: [{url: 'http://a/?x=1', database: d}]", "'url' must have no query"},
      {"influxdb: [{url: 'http://a', bucket: b, token: t, http_config: {bearer_token: x}}]",
       "'http_config' says already how to log in"},
      {"kafka: [{topic: t}]", "'brokers' is missing"},
      {"kafka: [{brokers: [a], topic: 'a b'}]", "'a b' is no name of a topic"},
      {"kafka: [{brokers: [a], topic: '', events: []}]", "neither metrics nor events have a topic"},
      {"file: [{}]", "'path' is missing"},
      {"file: [{path: /a, max_size: 10kB}]", "'max_size' must be at least 1MB"},
      {"file: [{path: /a, events: [alerts]}]", "'events': unknown value 'alerts' (did you mean 'alert'?)"},
      {"textfile: [{path: /a/b.txt}]", "'path' must end in .prom"},
  };
  for (const auto& [yaml, expected] : mistakes) EXPECT_THAT(read(yaml).errors, HasSubstr(expected)) << yaml;
}

TEST(ReadExporters, ASpoolNeedsAState) {
  EXPECT_THAT(read("http: [{url: 'http://a', spool: true}]", false).errors,
              HasSubstr("'spool' needs a folder for state"));
}

TEST(ReadExporters, NoErrorShowsASecret) {
  setenv("PMON_TEST_PASSWORD", "hunter2", 1);
  const std::string errors =
      read(
          "influxdb: [{url: 'http://u:${PMON_TEST_PASSWORD}@h/?p=hunter2x', password: '${PMON_TEST_PASSWORD}',"
          " database: d}]")
          .errors;
  EXPECT_THAT(errors, HasSubstr("'url' must have no query"));
  const std::string message = errors.substr(0, errors.find('\n'));
  EXPECT_THAT(message, testing::Not(HasSubstr("hunter2"))) << "but for the user's own line under it";
}

// The page has a row for every key of every kind.
TEST(ReadExporters, TheDocumentationKnowsEveryKey) {
  const std::string page = test::read_file(PMON_SOURCE_DIR "/docs/export.md");
  for (const ExporterKind& kind : exporter_kinds()) {
    const std::string heading = "### `" + std::string(kind.name) + "`";
    const std::size_t begin = page.find(heading);
    ASSERT_NE(begin, std::string::npos) << heading;
    const std::string part = page.substr(begin, page.find("\n### ", begin + 1) - begin);
    const std::string common = page.substr(page.find("### Every sink"), begin);
    const auto config = kind.make();
    for (const Setting& setting : config->settings()) {
      const std::string row = "| `" + std::string(setting.key) + "` |";
      EXPECT_TRUE(part.find(row) != std::string::npos || common.find(row) != std::string::npos)
          << kind.name << ": " << setting.key;
    }
  }
}

}  // namespace
}  // namespace pmon
