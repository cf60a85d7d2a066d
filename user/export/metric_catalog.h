// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pmon/metrics.h"

namespace pmon {

// A metric name as rules, scrapes and dashboards see it.
struct CatalogEntry {
  std::string name;  // with its prefix
  MetricKind kind;
  std::string_view unit;  // "seconds", "bytes" or "" (counts, ratios and flags)
  std::vector<std::string>
      labels;  // "pid", "comm", "kind"; labels of a fixed set with it: "kind=voluntary|involuntary"
  std::string help;
};

// Every metric that pmon exports: of processes, of groups, about itself; made by the exporters'
// own code, so that it cannot differ from them.
[[nodiscard]] std::vector<CatalogEntry> metric_catalog();

// The same as a Markdown page: docs/metrics.md.
[[nodiscard]] std::string catalog_markdown();

}  // namespace pmon
