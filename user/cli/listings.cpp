// SPDX-License-Identifier: Apache-2.0
#include "cli/listings.h"

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/parse.h"
#include "cli/print.h"
#include "export/metric_catalog.h"
#include "export/text_format.h"
#include "rules/rules.h"

namespace pmon::cli {

namespace {

std::string_view kind_name(MetricKind kind) { return kind == MetricKind::kCounter ? "counter" : "gauge"; }

void print_json() {
  for (const CatalogEntry& entry : metric_catalog()) {
    const nlohmann::ordered_json line = {{"name", entry.name},
                                         {"kind", kind_name(entry.kind)},
                                         {"unit", entry.unit},
                                         {"labels", entry.labels},
                                         {"help", entry.help}};
    print(fmt::format("{}\n", line.dump()));
  }
}

void print_text() {
  for (const CatalogEntry& entry : metric_catalog()) {
    const std::string unit = entry.unit.empty() ? "" : fmt::format(", {}", entry.unit);
    print(fmt::format("{}  ({}{})\n", entry.name, kind_name(entry.kind), unit));
    if (!entry.labels.empty()) print(wrap(fmt::format("by {}", fmt::join(entry.labels, ", ")), 4));
    print(wrap(entry.help, 4));
  }
}

}  // namespace

Result<int> run_metrics(const Words& words) {
  bool json = false;
  bool markdown = false;
  CLI::App app("Lists every metric with its kind, unit, labels and meaning.", "pmon metrics");
  auto* as_json = app.add_flag("--json", json, "One JSON object a line");
  app.add_flag("--markdown", markdown, "As the page docs/metrics.md")->excludes(as_json);
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (json) {
    print_json();
  } else if (markdown) {
    print(catalog_markdown());
  } else {
    print_text();
  }
  return kEndedAsAsked;
}

Result<int> run_rules(const Words& words) {
  CLI::App app("Prints the rules that pmon ships as a file to edit.", "pmon rules");
  app.footer("Example:\n  pmon rules > my.yml\n  pmon watch --no-default-rules --rules my.yml --name nginx");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  print(rules::default_rules_text());
  return kEndedAsAsked;
}

}  // namespace pmon::cli
