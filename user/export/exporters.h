// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/secret.h"
#include "export/exporter_config.h"
#include "export/http_settings.h"

namespace pmon {

// The kinds of sinks; docs/export.md says what their keys mean.

// A file for node_exporter's textfile collector, replaced at each tick.
struct TextfileConfig : ExporterConfig {
  std::string path;
  std::vector<std::string> metrics;

  [[nodiscard]] Settings settings() override;
  [[nodiscard]] std::string complaint() const override;
  [[nodiscard]] std::vector<std::string> files() const override { return {path}; }
  [[nodiscard]] Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const override;
};

// Reports and events as JSON lines, in files that rotate.
struct FileConfig : PushConfig {
  std::string path;
  std::uint64_t max_bytes = 64'000'000;
  unsigned keep = 5;
  EventKinds events;
  MetricConfig metrics;
  Labels tags;

  [[nodiscard]] Settings settings() override;
  [[nodiscard]] std::string complaint() const override;
  [[nodiscard]] std::vector<std::string> files() const override { return {path}; }
  [[nodiscard]] Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const override;
};

// Reports as JSON arrays by HTTP POST.
struct HttpPushConfig : PushConfig {
  HttpSettings http;
  std::size_t batch = 1000;
  MetricConfig metrics;
  Labels tags;

  [[nodiscard]] Settings settings() override;
  [[nodiscard]] std::string complaint() const override { return http.complaint(); }
  [[nodiscard]] Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const override;
};

// InfluxDB's line protocol, by its first write API (`database`) or its second (`org`, `bucket`).
struct InfluxdbConfig : PushConfig {
  HttpSettings http;
  std::string database;
  std::string retention_policy;
  std::string username;
  config::Secret password;
  std::string org;
  std::string bucket;
  config::Secret token;
  std::size_t batch = 5000;
  MetricConfig metrics;
  Labels tags;

  InfluxdbConfig() { http.gzip = true; }
  [[nodiscard]] Settings settings() override;
  [[nodiscard]] std::string complaint() const override;
  [[nodiscard]] Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const override;
  // Path and query of the write API.
  [[nodiscard]] std::string path() const;
};

// Events as the lines of Loki's streams.
struct LokiConfig : PushConfig {
  HttpSettings http;
  std::string tenant;
  Labels labels;
  EventKinds events = EventKinds::all();

  [[nodiscard]] Settings settings() override;
  [[nodiscard]] std::string complaint() const override { return http.complaint(); }
  [[nodiscard]] Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const override;
};

// Reports and events as records of Kafka.
struct KafkaConfig : PushConfig {
  std::vector<std::string> brokers;
  std::string topic = "pmon-metrics";  // empty: no metrics
  std::string events_topic = "pmon-events";
  EventKinds events;
  std::map<std::string, config::Secret> properties;
  MetricConfig metrics;
  Labels tags;

  KafkaConfig() { events.add(EventKind::kAlert); }
  [[nodiscard]] Settings settings() override;
  [[nodiscard]] std::string complaint() const override;
  [[nodiscard]] Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const override;
};

// Prometheus remote write 1.0.
struct RemoteWriteConfig : PushConfig {
  HttpSettings http;
  std::size_t batch = 2000;
  MetricConfig metrics;
  Labels labels;

  RemoteWriteConfig() { metrics.statistics = Statistics::only(Statistic::kLast); }
  [[nodiscard]] Settings settings() override;
  [[nodiscard]] std::string complaint() const override { return http.complaint(); }
  [[nodiscard]] Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const override;
};

}  // namespace pmon
