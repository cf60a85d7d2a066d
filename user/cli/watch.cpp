// SPDX-License-Identifier: Apache-2.0
#include "cli/watch.h"

#include <unistd.h>

#include <memory>

#include "cli/log.h"
#include "cli/outputs.h"
#include "cli/watch_words.h"
#include "export/sink.h"
#include "monitor/rule_files.h"
#include "monitor/watch.h"

namespace pmon::cli {

namespace {

constexpr std::chrono::seconds kPatienceAtTheEnd(5);  // with whoever reads our output

Result<monitor::WatchParts> prepare(const monitor::WatchOptions& options) {
  monitor::WatchParts parts;
  auto groups = monitor::load_rules(options.default_rules, options.rule_files);
  if (!groups) return std::unexpected(groups.error());
  parts.rules = std::move(*groups);
  if (options.alerting_file) {
    auto alerting = routing::load_file(*options.alerting_file);
    if (!alerting) return std::unexpected(alerting.error());
    for (const config::Diagnostic& warning : alerting->warnings) log_warning(warning.text());
    parts.alerting = std::move(*alerting);
  }
  if (options.state) {
    auto state = monitor::WatchState::open(*options.state);
    if (!state) return std::unexpected(state.error());
    parts.state = std::move(*state);
  }
  if (!options.textfile) return parts;
  auto textfile = TextfileWriter::open(*options.textfile);
  if (!textfile) return std::unexpected(textfile.error());
  if (!textfile->path().ends_with(".prom")) {
    log_warning("node_exporter reads only files whose names end in .prom, not '" + textfile->path() + "'");
  }
  parts.textfile = std::move(*textfile);
  return parts;
}

}  // namespace

Result<int> run_watch(const Words& words) {
  const auto parsed = parse_watch(words);
  if (!parsed) return std::unexpected(parsed.error());
  if (!*parsed) return kEndedAsAsked;
  const WatchWords& asked = **parsed;
  set_up_log(asked.log_level);
  auto parts = prepare(asked.options);
  if (!parts) return std::unexpected(parts.error());

  FdSink sink(STDOUT_FILENO, "stdout");
  const std::unique_ptr<Output> output = make_output(asked.json, sink);
  const auto summary = monitor::watch(asked.options, std::move(*parts), *output);
  if (!summary) {
    (void)output->flush();  // what happened before the failure is still told; the failure is the news
    (void)sink.drain(kPatienceAtTheEnd);
    return std::unexpected(summary.error());
  }
  output->summary(*summary);
  if (const auto flushed = output->flush(); !flushed) return std::unexpected(flushed.error());
  if (auto drained = sink.drain(kPatienceAtTheEnd); !drained) return std::unexpected(drained.error());
  return asked.fail_on_alert && summary->alerts_fired > 0 ? kAlertFired : kEndedAsAsked;
}

}  // namespace pmon::cli
