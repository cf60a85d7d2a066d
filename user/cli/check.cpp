// SPDX-License-Identifier: Apache-2.0
#include "cli/check.h"

#include <CLI/CLI.hpp>

#include "cli/parse.h"
#include "cli/print.h"
#include "monitor/rule_files.h"

namespace pmon::cli {

Result<int> run_check(const Words& words) {
  std::vector<std::string> files;
  CLI::App app("Loads rule files exactly as 'pmon watch --rules' does and says what is wrong.", "pmon check");
  app.add_option("FILE", files, "Rule files in Prometheus's format")->required()->type_name("");
  app.footer(
      "Exit status: 0 nothing is wrong, 2 something is.\n\nExample:\n  pmon rules > my.yml && pmon check my.yml");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;

  // Together, so that a file may use what another records.
  const auto groups = monitor::load_rules(false, files);
  if (!groups) return std::unexpected(groups.error());
  for (const rules::Diagnostic& warning : monitor::rule_warnings(*groups)) print(warning.text() + '\n');
  for (const std::string& file : files) {
    std::size_t alerts = 0;
    std::size_t records = 0;
    for (const rules::Group& group : *groups) {
      if (group.position.file != file) continue;
      for (const rules::Rule& rule : group.rules) ++(rule.alert.empty() ? records : alerts);
    }
    print(fmt::format("{}: fine, {} alerting and {} recording rules\n", file, alerts, records));
  }
  return kEndedAsAsked;
}

}  // namespace pmon::cli
