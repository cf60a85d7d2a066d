// SPDX-License-Identifier: Apache-2.0
#include "cli/watch_words.h"

#include <CLI/CLI.hpp>

#include "cli/following_words.h"
#include "cli/parse.h"

namespace pmon::cli {

namespace {

constexpr std::size_t kMostSeries = 4'194'304;  // one process for every pid that there can be

// Words as written; read afterwards so that every error has one form.
struct Raw {
  FollowingWords following;
  std::optional<std::string> textfile;
  std::string output = "text";
  std::optional<std::string> max_series;
  bool no_default_rules = false;
};

void declare_rules(CLI::App& app, WatchWords& words, Raw& raw) {
  const std::string group = "Rules";
  app.add_option("--rules", words.options.rule_files, "Rules in Prometheus's format; repeatable")
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--no-default-rules", raw.no_default_rules, "Only the rules of --rules")->group(group);
  app.add_option("--alerting", words.options.alerting_file, "Who is told when: an Alertmanager configuration")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--state", words.options.state, "Remember alerts there, and heed its silences")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("--fail-on-alert", words.fail_on_alert, "Exit with 10 when anything fired")->group(group);
}

void declare_output(CLI::App& app, WatchWords& words, Raw& raw) {
  const std::string group = "Output";
  app.add_option("--output", raw.output, "How to tell (text)")
      ->check(one_of({"text", "json"}))
      ->type_name("text|json")
      ->group(group);
  app.add_flag("--samples", words.options.samples, "Print a line per target and tick, too")->group(group);
  app.add_option("--textfile", raw.textfile, "The targets' metrics, for node_exporter")
      ->type_name("PATH.prom")
      ->group(group);
  app.add_option("--max-series", raw.max_series, "Other processes with series of their own (200)")
      ->type_name("N")
      ->group(group);
  app.add_option("--log-level", words.log_level, "What pmon tells of itself on stderr (warn)")
      ->check(one_of({"trace", "debug", "info", "warn", "error", "off"}))
      ->type_name("LEVEL")
      ->group(group);
}

Result<void> read(const Raw& raw, WatchWords& words) {
  monitor::WatchOptions& options = words.options;
  if (const auto done = raw.following.read(options); !done) return done;
  if (raw.max_series) {
    const auto series = parse_number<std::size_t>("--max-series", *raw.max_series, 0, kMostSeries);
    if (!series) return std::unexpected(series.error());
    options.max_series = *series;
  }
  options.default_rules = !raw.no_default_rules;
  options.textfile = raw.textfile;
  words.json = raw.output == "json";
  if (names_targets(options)) return {};
  return fail(ErrorKind::kUsage, "nothing to watch", "give --pid, --name, --unit, --cgroup, or a command after '--'");
}

std::unexpected<Error> with_remedy(Error error) {
  if (error.remedy.empty()) error.remedy = "see 'pmon watch --help'";
  return std::unexpected(std::move(error));
}

}  // namespace

Result<std::optional<WatchWords>> parse_watch(const Words& words) {
  WatchWords result;
  Raw raw;
  CLI::App app("Follows processes and their descendants and tells when one misbehaves.", "pmon watch");
  app.get_formatter()->label("OPTIONS", "OPTION...] [-- CMD ARG...");  // the usage line puts it in brackets
  raw.following.declare_targets(app, "Targets (at least one; they add up)");
  declare_rules(app, result, raw);
  declare_output(app, result, raw);
  raw.following.declare_collection(app);
  app.footer(
      "Ends when all targets have ended, after --duration, or on Ctrl-C.\n"
      "Exit status: 0 ended as asked, 1 failed while running, 2 bad words or files,\n"
      "3 not permitted or not supported here, 10 an alert fired (--fail-on-alert).\n\n"
      "Examples:\n"
      "  pmon watch --pid $(pidof redis-server)\n"
      "  pmon watch --unit nginx --samples --interval 500ms\n"
      "  pmon watch --duration 10m --fail-on-alert -- ./load-test --users 100");
  const auto own_words = raw.following.take_command(words);
  if (!own_words) return with_remedy(own_words.error());
  const auto parsed = parse(app, *own_words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return std::nullopt;
  if (const auto done = read(raw, result); !done) return with_remedy(done.error());
  return result;
}

}  // namespace pmon::cli
