// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "monitor/watch_options.h"
#include "pmon/result.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace pmon::cli {

// The words with which `watch` and `record` name targets and say how to collect. Declared on an app, parsed by it, and
// then read; this object must stay where it is meanwhile.
class FollowingWords {
 public:
  // `title`: of the options' group in the help.
  void declare_targets(CLI::App& app, const std::string& title);
  void declare_collection(CLI::App& app);

  // Cuts off "-- CMD ARG…" and keeps it; the words before it are the app's to parse.
  [[nodiscard]] Result<Words> take_command(const Words& words);
  // Into the options. Errors (kUsage) name the option.
  [[nodiscard]] Result<void> read(monitor::WatchOptions& options) const;

 private:
  [[nodiscard]] Result<void> read_pids(std::vector<std::int32_t>& pids) const;
  [[nodiscard]] Result<void> read_times(monitor::WatchOptions& options) const;
  [[nodiscard]] Result<void> read_sizes(monitor::WatchOptions& options) const;

  // As written; read afterwards so that every error has one form.
  std::vector<std::string> pids_;
  std::vector<std::string> names_;
  std::vector<std::string> units_;
  std::vector<std::string> cgroups_;
  Words command_;
  bool no_children_ = false;
  bool wait_ = false;
  std::string interval_ = "1s";
  std::optional<std::string> duration_;
  std::string collector_ = "auto";
  std::optional<std::string> ledger_slots_;
  std::optional<std::string> ring_bytes_;
};

[[nodiscard]] bool names_targets(const monitor::WatchOptions& options);

// One of these words; the type's name already tells them, so that the check adds nothing to the help.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);

}  // namespace pmon::cli
