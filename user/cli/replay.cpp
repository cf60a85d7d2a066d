// SPDX-License-Identifier: Apache-2.0
#include "cli/replay.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "cli/following_words.h"
#include "cli/outputs.h"
#include "cli/parse.h"
#include "monitor/replay.h"
#include "monitor/rule_files.h"

namespace pmon::cli {

namespace {

struct Asked {
  std::vector<std::string> files;
  monitor::ReplayOptions options;
  std::vector<std::string> rule_files;
  bool no_default_rules = false;
  bool fail_on_alert = false;
  std::string output = "text";
};

void declare(CLI::App& app, Asked& asked) {
  app.add_option("FILE", asked.files, "Files of 'pmon record', in any order")->required()->type_name("");
  app.add_option("--name", asked.options.names, "Only processes whose name matches, and their descendants")
      ->allow_extra_args(false)
      ->type_name("REGEX");
  app.add_option("--rules", asked.rule_files, "Rules in Prometheus's format; repeatable")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_flag("--no-default-rules", asked.no_default_rules, "Only the rules of --rules");
  app.add_flag("--fail-on-alert", asked.fail_on_alert, "Exit with 10 when anything fired");
  app.add_option("--output", asked.output, "How to tell (text)")
      ->check(one_of({"text", "json"}))
      ->type_name("text|json");
  app.add_flag("--samples", asked.options.samples, "Print a line per process and tick, execs and exits");
}

}  // namespace

Result<int> run_replay(const Words& words) {
  Asked asked;
  CLI::App app("Runs rules over a recording: would they have fired?", "pmon replay");
  declare(app, asked);
  app.footer(
      "The same recording, rules and options print the same bytes each time.\n"
      "Exit status: 0 ended as asked, 1 the recording is damaged, 2 bad words or\n"
      "files, 10 an alert fired (--fail-on-alert).\n\n"
      "Examples:\n"
      "  pmon replay host.pmonrec*\n"
      "  pmon replay host.pmonrec --no-default-rules --rules my.yml --name redis");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  auto rules = monitor::load_rules(!asked.no_default_rules, asked.rule_files);
  if (!rules) return std::unexpected(rules.error());
  auto recorded = recording::ReplayCollector::open(asked.files);
  if (!recorded) return std::unexpected(recorded.error());

  FdSink sink(STDOUT_FILENO, "stdout", std::chrono::hours(24));  // it can wait for its reader
  const std::unique_ptr<Output> output = make_output(asked.output == "json", sink);
  const auto summary = monitor::replay(asked.options, std::move(*rules), std::move(*recorded), *output);
  if (!summary) {
    (void)output->flush();  // what came before the damage was shown; the damage is the news
    return std::unexpected(summary.error());
  }
  output->summary(*summary);
  if (const auto flushed = output->flush(); !flushed) return std::unexpected(flushed.error());
  return asked.fail_on_alert && summary->alerts_fired > 0 ? kAlertFired : kEndedAsAsked;
}

}  // namespace pmon::cli
