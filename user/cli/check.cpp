// SPDX-License-Identifier: Apache-2.0
#include "cli/check.h"

#include <map>

#include <CLI/CLI.hpp>

#include "cli/parse.h"
#include "cli/print.h"
#include "monitor/rule_files.h"
#include "routing/config.h"
#include "config/read_file.h"

namespace pmon::cli {
namespace {

// What is wrong with any of the files, in one message.
class Complaints {
 public:
  void add(const Error& error) { message_ += (message_.empty() ? "" : "\n") + error.text(); }
  [[nodiscard]] bool empty() const { return message_.empty(); }
  [[nodiscard]] std::unexpected<Error> fail() const { return pmon::fail(ErrorKind::kUsage, message_); }

 private:
  std::string message_;
};

std::string of_rules(const std::vector<rules::Group>& groups, const std::string& file) {
  std::size_t alerts = 0;
  std::size_t records = 0;
  for (const rules::Group& group : groups) {
    if (group.position.file != file) continue;
    for (const rules::Rule& rule : group.rules) ++(rule.alert.empty() ? records : alerts);
  }
  return fmt::format("{} alerting and {} recording rules", alerts, records);
}

std::string of_alerting(const routing::Config& config) {
  return fmt::format("{} routes, {} receivers and {} inhibit rules", routing::count_routes(config.route),
                     config.receivers.size(), config.inhibit_rules.size());
}

Result<void> check(const std::vector<std::string>& files) {
  Complaints complaints;
  std::vector<std::string> rule_files;
  std::map<std::string, routing::Config> alerting;
  for (const std::string& file : files) {
    const auto text = config::read_file(file, "file");
    if (!text || !routing::is_config(*text)) {
      rule_files.push_back(file);
      continue;
    }
    auto config = routing::load(*text, file);
    if (!config) {
      complaints.add(config.error());
    } else {
      alerting.emplace(file, std::move(*config));
    }
  }
  // Together, so that a file may use what another records.
  const auto groups = monitor::load_rules(false, rule_files);
  if (!groups) complaints.add(groups.error());
  if (!complaints.empty()) return complaints.fail();

  for (const auto& [file, config] : alerting) {
    for (const config::Diagnostic& warning : config.warnings) print(warning.text() + '\n');
  }
  for (const config::Diagnostic& warning : monitor::rule_warnings(*groups)) print(warning.text() + '\n');
  for (const std::string& file : files) {
    const auto config = alerting.find(file);
    print(fmt::format("{}: fine, {}\n", file,
                      config == alerting.end() ? of_rules(*groups, file) : of_alerting(config->second)));
  }
  return {};
}

}  // namespace

Result<int> run_check(const Words& words) {
  std::vector<std::string> files;
  CLI::App app("Loads files exactly as pmon does when it runs, and says what is wrong.", "pmon check");
  app.add_option("FILE", files, "Rules, or a configuration in Alertmanager's format")->required()->type_name("");
  app.footer(
      "Exit status: 0 nothing is wrong, 2 something is.\n\nExample:\n  pmon rules > my.yml && pmon check my.yml");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (const auto checked = check(files); !checked) return std::unexpected(checked.error());
  return kEndedAsAsked;
}

}  // namespace pmon::cli
