// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_reader.h"
#include "monitor/watch_options.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::daemon {

// What `pmon run` does: the file pmon.yaml, the environment over it, words of the command line over both.
struct Settings {
  // collect
  Timestamp interval_ms = 1000;
  monitor::CollectorChoice collector = monitor::CollectorChoice::kAuto;
  std::vector<std::string> names;  // declared targets, as those of `watch`
  std::vector<std::string> units;
  std::vector<std::string> cgroups;
  std::size_t max_series = 200;
  std::optional<std::uint32_t> ledger_slots;
  std::optional<std::uint32_t> ring_bytes;

  // rules
  bool default_rules = true;
  std::vector<std::string> rule_files;  // globs; relative ones begin at the file's folder

  // http
  std::vector<std::string> listen = {"127.0.0.1:9777"};  // empty: no server
  bool http_metrics = true;
  bool http_reload = false;
  std::string web_config_file;

  // limits
  double cpu_cores = 0;                      // of one core; 0: a hundredth of the host, at most a tenth of a core
  std::uint64_t memory_bytes = 128'000'000;  // resident

  std::string state = "/var/lib/pmon";  // folder; empty: nothing is remembered
  std::string lock = "/run/pmon.lock";
  bool json = false;
  bool debug = false;

  // Sections that others read; null where the file has none.
  std::shared_ptr<const YAML::Node> export_section;
  std::shared_ptr<const YAML::Node> alerting_section;
  std::shared_ptr<config::YamlReader> file;  // what the sections are complained about to; null without a file
  std::string folder;                        // of the file; "" without one
  std::vector<std::string> warnings;
  std::vector<std::string> overruled;  // what environment and words say, as written: "PMON_COLLECT_INTERVAL=5s"

  // Whether these differ from the running ones in what only a restart can change.
  [[nodiscard]] bool needs_restart_after(const Settings& running) const;
  void keep_until_restart(const Settings& running);
  // A path as the file names it: relative ones begin at the file's folder.
  [[nodiscard]] std::string beside_file(const std::string& path) const;
};

// One key of the file, its default and its meaning as docs and `pmon run --keys` show them.
struct Key {
  std::string_view section;  // "" at the top of the file
  std::string_view name;
  std::string_view form;      // "duration"
  std::string_view standard;  // what it is without being written
  std::string_view help;
  void (*read)(config::YamlReader& yaml, const YAML::Node& node, std::string_view key, Settings& settings);
};

[[nodiscard]] std::span<const Key> keys();
// "PMON_COLLECT_INTERVAL", which goes before the file.
[[nodiscard]] std::string environment_name(const Key& key);
// The table of docs/configuration.md.
[[nodiscard]] std::string keys_markdown();

// A word of the command line that goes before file and environment.
struct Overrule {
  std::string source;  // for messages: "--interval"
  std::string key;     // "collect.interval"
  std::string value;
};

// Where settings come from, each going before those above it; and what words alone say.
struct Origin {
  std::optional<std::string> path;  // pmon.yaml
  std::vector<Overrule> words;
  std::vector<std::string> rule_files;  // beside those of the file
  std::optional<std::string> textfile;  // one more exporter
  std::optional<Timestamp> duration_ms;
  // For a program that has a monitor inside:
  Settings defaults;                                // what holds where nobody says otherwise
  bool environment = true;                          // whether PMON_… are read
  std::function<void(Settings&)> adjust = nullptr;  // has the last word
};

// Reads file, environment and words. Every error in one message, each at its place; sections of others are not read.
[[nodiscard]] Result<Settings> load_settings(const Origin& origin);

// Whether a text is meant to be such a file.
[[nodiscard]] bool is_settings(std::string_view yaml);

}  // namespace pmon::daemon
