// SPDX-License-Identifier: Apache-2.0
#include "cli_daemon/check.h"

#include <map>
#include <optional>

#include <CLI/CLI.hpp>

#include "cli/parse.h"
#include "cli/print.h"
#include "config/read_file.h"
#include "daemon/configuration.h"
#include "export/utf8.h"
#include "monitor/rule_files.h"
#include "notify/make_notifiers.h"
#include "routing/config.h"

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

// A file that is right: what is in it, and what may be a mistake all the same.
struct Fine {
  std::string what;
  std::vector<std::string> warnings;
};

Result<Fine> check_alerting(const std::string& text, const std::string& file) {
  auto config = routing::load(text, file, notify::receiver_kinds());
  if (!config) return std::unexpected(config.error());
  auto receivers = notify::read_receivers(*config);
  if (!receivers) return std::unexpected(receivers.error());
  Fine fine{of_alerting(*config), {}};
  for (const config::Diagnostic& warning : config->warnings) fine.warnings.push_back(warning.text());
  for (const config::Diagnostic& warning : receivers->warnings) fine.warnings.push_back(warning.text());
  return fine;
}

Result<Fine> check_configuration(const std::string& file) {
  auto configuration = daemon::load_configuration({.path = file});
  if (!configuration) return std::unexpected(configuration.error());
  return Fine{
      fmt::format("a configuration of {} rule groups, {} exporters and {} receivers", configuration->rules.size(),
                  configuration->exporters.size(), configuration->alerting.receivers.size()),
      configuration->warnings};
}

// Absent for a file of rules.
std::optional<Result<Fine>> check_other(const std::string& text, const std::string& file) {
  if (daemon::is_settings(text)) return check_configuration(file);
  if (routing::is_config(text)) return check_alerting(text, file);
  return std::nullopt;
}

Result<void> check(const std::vector<std::string>& files) {
  Complaints complaints;
  std::vector<std::string> rule_files;
  std::map<std::string, Fine> others;
  for (const std::string& file : files) {
    const auto text = config::read_file(file, "file");
    auto fine = text ? check_other(*text, file) : std::nullopt;
    if (!fine) {
      rule_files.push_back(file);
    } else if (!*fine) {
      complaints.add(fine->error());
    } else {
      others.emplace(file, std::move(**fine));
    }
  }
  // Together, so that a file may use what another records.
  const auto groups = monitor::load_rules(false, rule_files);
  if (!groups) complaints.add(groups.error());
  if (!complaints.empty()) return complaints.fail();

  for (const auto& [file, fine] : others) {
    for (const std::string& warning : fine.warnings) print(harmless_lines(warning) + '\n');
  }
  for (const config::Diagnostic& warning : monitor::rule_warnings(*groups))
    print(harmless_lines(warning.text()) + '\n');
  for (const std::string& file : files) {
    const auto other = others.find(file);
    print(fmt::format("{}: fine, {}\n", harmless(file),
                      other == others.end() ? of_rules(*groups, file) : other->second.what));
  }
  return {};
}

}  // namespace

Result<int> run_check(const Words& words) {
  std::vector<std::string> files;
  CLI::App app("Loads files exactly as pmon does when it runs, and says what is wrong.", "pmon check");
  app.add_option("FILE", files, "Rules, pmon.yaml, or Alertmanager's configuration")->required()->type_name("");
  app.footer(
      "Exit status: 0 nothing is wrong, 2 something is.\n\nExample:\n  pmon rules > my.yml && pmon check my.yml");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (const auto checked = check(files); !checked) return std::unexpected(checked.error());
  return kEndedAsAsked;
}

}  // namespace pmon::cli
