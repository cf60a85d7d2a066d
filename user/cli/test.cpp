// SPDX-License-Identifier: Apache-2.0
#include "cli/test.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "alerts/rule_test.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "export/utf8.h"

namespace pmon::cli {

Result<int> run_test(const Words& words) {
  std::vector<std::string> files;
  CLI::App app("Runs unit tests of rules, written as for 'promtool test rules'.", "pmon test");
  app.add_option("FILE", files, "Test files")->required()->type_name("");
  app.footer("Exit status: 0 all hold, 1 one does not, 2 a file is broken.\n\nExample:\n  pmon test tests/*.yml");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;

  int status = kEndedAsAsked;
  for (const std::string& file : files) {
    print(fmt::format("Unit Testing:  {}\n", harmless(file)));
    const auto report = alerts::run_rule_test_file(file);
    if (report && !report->warnings.empty()) {
      std::fflush(stdout);
      for (const std::string& warning : report->warnings)
        fmt::print(stderr, "  WARNING: {}\n", harmless_lines(warning));
    }
    if (report && report->failures.empty()) {
      print("  SUCCESS\n\n");
      continue;
    }
    // In the order of what was printed to stdout, which may be the same file.
    std::fflush(stdout);
    fmt::print(stderr, "  FAILED:\n");
    if (!report) {
      fmt::print(stderr, "{}\n", harmless_lines(report.error().text()));
      status = kBadWords;
    } else {
      for (const std::string& failure : report->failures) fmt::print(stderr, "{}\n\n", harmless_lines(failure));
      if (status == kEndedAsAsked) status = kFailedRunning;
    }
    print("\n");
  }
  return status;
}

}  // namespace pmon::cli
