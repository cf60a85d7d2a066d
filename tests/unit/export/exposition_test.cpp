// SPDX-License-Identifier: Apache-2.0
#include "export/exposition.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "support.h"

namespace pmon::exposition {
namespace {

TEST(FormatValue, IsGosShortestForm) {
  EXPECT_EQ(format_value(0), "0");
  EXPECT_EQ(format_value(-0.0), "-0");
  EXPECT_EQ(format_value(1), "1");
  EXPECT_EQ(format_value(-1.5), "-1.5");
  EXPECT_EQ(format_value(0.1), "0.1");
  EXPECT_EQ(format_value(123456), "123456");
  EXPECT_EQ(format_value(100000), "100000");
  EXPECT_EQ(format_value(1e6), "1e+06");
  EXPECT_EQ(format_value(1234567), "1.234567e+06");
  EXPECT_EQ(format_value(16617025536), "1.6617025536e+10");
  EXPECT_EQ(format_value(0.0001), "0.0001");
  EXPECT_EQ(format_value(0.00001), "1e-05");
  EXPECT_EQ(format_value(-0.00025), "-0.00025");
  EXPECT_EQ(format_value(120), "120");
  EXPECT_EQ(format_value(-99999.75), "-99999.75");
  EXPECT_EQ(format_value(1e100), "1e+100");
  EXPECT_EQ(format_value(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(format_value(NAN), "NaN");
  EXPECT_EQ(format_value(INFINITY), "+Inf");
  EXPECT_EQ(format_value(-INFINITY), "-Inf");
}

TEST(Text, WritesFamiliesInOrder) {
  const std::vector<Family> families = {
      {"a_total", "Help \\ with\nbreak", MetricKind::kCounter, {{{{"x", "1"}, {"y", "2"}}, 3}, {{}, 4.5}}},
      {"empty", "Left out", MetricKind::kGauge, {}},
      {"b", "B", MetricKind::kGauge, {{{}, 1}}},
  };
  EXPECT_EQ(text(families),
            "# HELP a_total Help \\\\ with\\nbreak\n# TYPE a_total counter\n"
            "a_total{x=\"1\",y=\"2\"} 3\na_total 4.5\n"
            "# HELP b B\n# TYPE b gauge\nb 1\n");
}

TEST(Text, EscapesHostileLabelValues) {
  const std::vector<Family> families = {
      {"a", "A", MetricKind::kGauge, {{{{"comm", "q\"b\\n\nx} 1\xff"}}, 1}}},
  };
  const std::string out = text(families);
  EXPECT_EQ(out, "# HELP a A\n# TYPE a gauge\na{comm=\"q\\\"b\\\\n\\nx} 1\xef\xbf\xbd\"} 1\n");
}

TEST(Text, PromtoolReadsHostileLabelValues) {
  if (!test::have_promtool()) GTEST_SKIP() << "promtool is not installed (package prometheus)";
  std::string every_byte;
  for (int c = 1; c < 256; ++c) every_byte += static_cast<char>(c);
  const std::vector<Family> families = {
      {"pmon_a", "A", MetricKind::kGauge, {{{{"comm", every_byte}}, 1}, {{{"comm", "\\"}}, NAN}}},
  };
  EXPECT_EQ(test::promtool_complaints(text(families)), "exit 0\n");
  EXPECT_NE(test::promtool_complaints("pmon_a{comm=\"\xff\n"), "exit 0\n") << "promtool finds what is wrong";
}

TEST(OpenMetrics, NamesCountersAndUnitsAsTheSpecificationWants) {
  const std::vector<Family> families = {
      {"a_seconds_total", "Help \\ with\nbreak and \"quotes\"", MetricKind::kCounter, {{{{"x", "1"}}, 3}}},
      {"count", "Without the suffix", MetricKind::kCounter, {{{}, 4.5}}},
      {"empty_bytes", "Left out", MetricKind::kGauge, {}},
      {"b_bytes", "B", MetricKind::kGauge, {{{}, 1}}},
      {"megabytes", "No unit: not a word of its own", MetricKind::kGauge, {{{}, NAN}}},
  };
  EXPECT_EQ(openmetrics(families),
            "# HELP a_seconds Help \\\\ with\\nbreak and \\\"quotes\\\"\n# TYPE a_seconds counter\n"
            "# UNIT a_seconds seconds\na_seconds_total{x=\"1\"} 3\n"
            "# HELP count Without the suffix\n# TYPE count counter\ncount_total 4.5\n"
            "# HELP b_bytes B\n# TYPE b_bytes gauge\n# UNIT b_bytes bytes\nb_bytes 1\n"
            "# HELP megabytes No unit: not a word of its own\n# TYPE megabytes gauge\nmegabytes NaN\n"
            "# EOF\n");
}

TEST(OpenMetrics, OfNothingIsTheEndAlone) { EXPECT_EQ(openmetrics({}), "# EOF\n"); }

}  // namespace
}  // namespace pmon::exposition
