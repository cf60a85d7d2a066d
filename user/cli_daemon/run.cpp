// SPDX-License-Identifier: Apache-2.0
#include "cli_daemon/run.h"

#include <unistd.h>

#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "cli/following_words.h"
#include "cli/log.h"
#include "cli/outputs.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "daemon/run.h"
#include "export/sink.h"

namespace pmon::cli {

namespace {

constexpr std::chrono::seconds kPatienceAtTheEnd(5);  // with whoever reads our output
constexpr const char* kUsualFile = "/etc/pmon/pmon.yaml";

// As written: read afterwards by the keys' own readers, so that words, file and environment have one form.
struct Raw {
  std::optional<std::string> file;
  std::vector<std::string> set;
  std::vector<std::string> rule_files;
  std::optional<std::string> interval;
  std::optional<std::string> collector;
  std::optional<std::string> listen;
  std::optional<std::string> state;
  std::optional<std::string> output;
  std::optional<std::string> textfile;
  std::optional<std::string> duration;
  bool no_default_rules = false;
  bool keys = false;
  std::string log_level;
};

void declare(CLI::App& app, Raw& raw) {
  app.add_option("-c,--config", raw.file, "pmon.yaml (/etc/pmon/pmon.yaml, where it is)")->type_name("FILE");
  app.add_option("--set", raw.set, "A key of it: collect.max_series=50; repeatable")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  app.add_option("--interval", raw.interval, "How often to look, 100ms to 1h (1s)")->type_name("TIME");
  app.add_option("--collector", raw.collector, "Where numbers come from (auto)")->type_name("auto|ebpf|procfs");
  app.add_option("--rules", raw.rule_files, "More rules in Prometheus's format; repeatable")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_flag("--no-default-rules", raw.no_default_rules, "Only the rules of files");
  app.add_option("--listen", raw.listen, "Where to serve HTTP (127.0.0.1:9777); off: nowhere")->type_name("ADDRESS");
  app.add_option("--state", raw.state, "Where to remember alerts (/var/lib/pmon)")->type_name("DIR");
  app.add_option("--textfile", raw.textfile, "Write all metrics there at each tick, for node_exporter")
      ->type_name("PATH.prom");
  app.add_option("--output", raw.output, "How to tell (text)")->type_name("text|json");
  app.add_option("--duration", raw.duration, "End after this time")->type_name("TIME");
  app.add_option("--log-level", raw.log_level, "What pmon tells of itself on stderr (warn)")
      ->check(one_of({"trace", "debug", "info", "warn", "error", "off"}))
      ->type_name("LEVEL");
  app.add_flag("--keys", raw.keys, "Print every key of the configuration and end");
}

// Words in the order in which they go over the file.
Result<std::vector<daemon::Overrule>> overrules(const Raw& raw) {
  std::vector<daemon::Overrule> out;
  for (const std::string& word : raw.set) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return fail(ErrorKind::kUsage, "--set: no '=' in '" + word + "'");
    out.push_back({"--set", word.substr(0, equals), word.substr(equals + 1)});
  }
  const auto add = [&out](const char* option, const char* key, const std::optional<std::string>& value) {
    if (value) out.push_back({option, key, *value});
  };
  add("--interval", "collect.interval", raw.interval);
  add("--collector", "collect.collector", raw.collector);
  add("--listen", "http.listen", raw.listen);
  add("--state", "state", raw.state);
  add("--output", "output", raw.output);
  if (raw.no_default_rules) out.push_back({"--no-default-rules", "rules.defaults", "false"});
  return out;
}

Result<daemon::Origin> origin_of(const Raw& raw) {
  daemon::Origin origin;
  origin.path = raw.file;
  if (!origin.path && access(kUsualFile, F_OK) == 0) origin.path = kUsualFile;
  auto words = overrules(raw);
  if (!words) return std::unexpected(words.error());
  origin.words = std::move(*words);
  origin.rule_files = raw.rule_files;
  origin.textfile = raw.textfile;
  if (!raw.duration) return origin;
  const auto duration = parse_duration("--duration", *raw.duration, 1, 10'000 * Timestamp{86'400'000});
  if (!duration) return std::unexpected(duration.error());
  origin.duration_ms = *duration;
  return origin;
}

}  // namespace

Result<int> run_run(const Words& words) {
  Raw raw;
  CLI::App app("Watches every process of the host, for as long as it runs.", "pmon run");
  declare(app, raw);
  app.footer(
      "No file is needed. SIGHUP reads it again; SIGTERM ends pmon in five seconds.\n"
      "Each key has an environment variable, too: PMON_COLLECT_INTERVAL=5s.\n"
      "PMON_DEBUG=1 traces; PMON_DISABLE_METRICS=1 turns /metrics off.\n\n"
      "Examples:\n"
      "  pmon run\n"
      "  pmon run -c /etc/pmon/pmon.yaml --output json\n"
      "  curl -s localhost:9777/metrics");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (raw.keys) {
    print(daemon::keys_markdown());
    return kEndedAsAsked;
  }
  const auto origin = origin_of(raw);
  if (!origin) return std::unexpected(origin.error());
  auto configuration = daemon::load_configuration(*origin);
  if (!configuration) return std::unexpected(configuration.error());
  const daemon::Settings& settings = configuration->settings;
  set_up_log(!raw.log_level.empty() ? raw.log_level : settings.debug ? "debug" : "warn");
  for (const std::string& warning : configuration->warnings) log_warning(warning);

  FdSink sink(STDOUT_FILENO, "stdout");
  const std::unique_ptr<Output> output = make_output(settings.json, sink);
  const auto done = daemon::run(*origin, std::move(*configuration), *output);
  (void)output->flush();
  if (auto drained = sink.drain(kPatienceAtTheEnd); done && !drained) return std::unexpected(drained.error());
  if (!done) return std::unexpected(done.error());
  return kEndedAsAsked;
}

}  // namespace pmon::cli
