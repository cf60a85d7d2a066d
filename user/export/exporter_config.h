// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_reader.h"
#include "export/event_lines.h"
#include "export/exporter.h"
#include "export/reducer.h"

namespace pmon {

// One key of a sink, and what reads it into the sink's options.
struct Setting {
  std::string_view key;
  std::function<void(config::YamlReader&, const YAML::Node&)> read;
};
using Settings = std::vector<Setting>;

// Where exporters run.
struct ExportSurroundings {
  std::string host;
  std::optional<std::string> state_folder = {};  // absent: nothing outlives the process
  // While others run that end before these deliver: the queue of the one whose place this one takes (null: none), and
  // the files that they still write, which are not touched yet.
  const delivery::Queue* succeeds = nullptr;
  std::set<std::string> written = {};
};

// One entry of the section `export:` as options; plain data until start() makes it an exporter.
struct ExporterConfig {
  virtual ~ExporterConfig() = default;

  std::string kind;      // the section's key: "influxdb"
  std::string name;      // unique among all sinks
  std::string identity;  // equal where all settings are: YamlReader::identity()

  // The keys that this kind knows besides `name`. They read into this object, which must not move.
  [[nodiscard]] virtual Settings settings() = 0;
  // "'url' is missing", or anything else that one key alone cannot tell; "" where all is well.
  [[nodiscard]] virtual std::string complaint() const { return {}; }
  // Those that it writes itself; no two sinks may share one.
  [[nodiscard]] virtual std::vector<std::string> files() const { return {}; }
  [[nodiscard]] virtual bool wants_spool() const { return false; }
  // Errors (kUsage): a file or folder that cannot be made.
  [[nodiscard]] virtual Result<std::unique_ptr<Exporter>> start(const ExportSurroundings& surroundings) const = 0;
};

// `timeout`, `queue`, `spool`, `spool_size`.
struct QueueConfig {
  std::chrono::milliseconds timeout{5000};
  std::size_t items = 1000;
  bool spool = false;
  std::uint64_t spool_bytes = 64'000'000;

  [[nodiscard]] Settings settings();
};

// A sink with a queue of items that are worth keeping.
struct PushConfig : ExporterConfig {
  QueueConfig queue;
  std::string fallback;  // file for what the queue drops; empty: none

  [[nodiscard]] std::vector<std::string> files() const override {
    return fallback.empty() ? std::vector<std::string>() : std::vector{fallback};
  }
  [[nodiscard]] bool wants_spool() const override { return queue.spool; }
};

// `window`, `metrics`, `statistics`.
struct MetricConfig {
  Timestamp window_ms = 30'000;
  std::vector<std::string> names;  // globs; empty: all
  Statistics statistics = Statistics::all();

  [[nodiscard]] Settings settings();
  [[nodiscard]] ReducerOptions reducer() const { return {window_ms, MetricFilter(names), statistics}; }
};

// A list of metric names, each of which must mean some metric that there is.
[[nodiscard]] std::vector<std::string> read_metric_names(config::YamlReader& yaml, const YAML::Node& node);
// A list of kEventWords.
[[nodiscard]] EventKinds read_event_kinds(config::YamlReader& yaml, const YAML::Node& node);
// A mapping from label names to values, in which ${NAME} is of the environment.
[[nodiscard]] Labels read_labels(config::YamlReader& yaml, const YAML::Node& node, std::string_view key);

[[nodiscard]] Setting text_setting(std::string_view key, std::string& into);
[[nodiscard]] Setting flag_setting(std::string_view key, bool& into);
// From 1 to `most`.
[[nodiscard]] Setting count_setting(std::string_view key, std::size_t& into, std::size_t most);
[[nodiscard]] Setting labels_setting(std::string_view key, Labels& into);
[[nodiscard]] Setting events_setting(EventKinds& into);
// All of `more` after what is there.
void append(Settings& settings, Settings more);

// A sink's queue, and one that writes what it drops to a file.
struct Queues {
  std::shared_ptr<delivery::Queue> fallback;  // null where none is asked for; `queue` holds it, too
  std::unique_ptr<delivery::Queue> queue;
};
[[nodiscard]] Result<Queues> start_queues(const PushConfig& config, const ExportSurroundings& surroundings,
                                          std::unique_ptr<delivery::Destination> destination);

}  // namespace pmon
