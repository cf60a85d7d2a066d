// SPDX-License-Identifier: Apache-2.0
#include "export/metric_catalog.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../golden/golden.h"

namespace pmon {
namespace {

using testing::Contains;
using testing::ElementsAre;

const CatalogEntry& entry(const std::vector<CatalogEntry>& catalog, std::string_view name) {
  static const CatalogEntry none{};
  for (const CatalogEntry& candidate : catalog) {
    if (candidate.name == name) return candidate;
  }
  ADD_FAILURE() << "no " << name;
  return none;
}

TEST(MetricCatalog, HasWhatContractPromises) {
  const auto catalog = metric_catalog();
  std::set<std::string> names;
  for (const CatalogEntry& each : catalog) EXPECT_TRUE(names.insert(each.name).second) << each.name << " comes twice";
  for (const char* name :
       {"pmon_process_cpu_seconds_total", "pmon_process_threads", "pmon_process_memory_limit_bytes", "pmon_process_up",
        "pmon_group_cpu_seconds_total", "pmon_group_processes", "pmon_group_processes_exited_total", "pmon_build_info",
        "pmon_self_cpu_seconds_total", "pmon_self_resident_bytes", "pmon_ledger_slots", "pmon_events_lost_total",
        "pmon_collect_duration_seconds", "pmon_rule_evaluation_seconds", "pmon_feature", "pmon_sink_sent_total",
        "pmon_sink_dropped_total", "pmon_sink_queue_length"}) {
    EXPECT_THAT(names, Contains(name));
  }
  EXPECT_THAT(names, testing::Not(Contains("pmon_group_start_time_seconds")));
}

TEST(MetricCatalog, KnowsLabelsUnitsAndKinds) {
  const auto catalog = metric_catalog();
  EXPECT_THAT(entry(catalog, "pmon_process_context_switches_total").labels,
              ElementsAre("pid", "comm", "kind=voluntary|involuntary"));
  EXPECT_THAT(entry(catalog, "pmon_group_processes_exited_total").labels, ElementsAre("code", "group", "signal"));
  EXPECT_EQ(entry(catalog, "pmon_process_cpu_seconds_total").unit, "seconds");
  EXPECT_EQ(entry(catalog, "pmon_process_mapped_bytes_total").unit, "bytes");
  EXPECT_EQ(entry(catalog, "pmon_process_threads").unit, "");
  EXPECT_EQ(entry(catalog, "pmon_process_threads").kind, MetricKind::kGauge);
}

TEST(MetricCatalog, DocsAreUpToDate) {
  // PMON_UPDATE_GOLDEN=1 writes the page.
  test::expect_golden("../../docs/metrics.md", catalog_markdown());
}

}  // namespace
}  // namespace pmon
