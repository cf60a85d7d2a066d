// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pmon/labels.h"
#include "promql/promql.h"
#include "series/series_store.h"

namespace pmon::promql::testing {

// The part of promtool's unit-test format that needs no rules: input_series and promql_expr_test.
struct ExpressionTest {
  std::string expr;
  Timestamp eval_time = 0;
  std::vector<Sample> expected;
};
struct InputSeries {
  std::string series;  // name{label="value"}
  std::string values;  // 0+1x10 _ stale 5
};
struct TestGroup {
  Timestamp interval = 60'000;
  std::vector<InputSeries> input;
  std::vector<ExpressionTest> tests;
};
struct PromtoolFile {
  Timestamp evaluation_interval = 60'000;
  std::vector<TestGroup> groups;
};

// Throw std::runtime_error with the reason.
[[nodiscard]] PromtoolFile read_promtool_file(const std::string& path);
void write_promtool_file(const PromtoolFile& file, const std::string& path);

// One entry per interval; NaN with the stale payload for `stale`, missing ones are marked.
struct InputValue {
  bool present;
  double value;
};
[[nodiscard]] std::vector<InputValue> parse_values(const std::string& text);

// The group's input, a tick per interval from 0 on.
[[nodiscard]] SeriesStore fill_store(const TestGroup& group);

// Evaluates as promtool does: scalars become a vector of one sample. Sorted by labels.
[[nodiscard]] Result<Vector> evaluate_like_promtool(const std::string& expr, const SeriesStore& store, Timestamp t,
                                                    Timestamp evaluation_interval);

// Lines such as `{a="b"} 1.5`, for messages; numbers so that they read back.
[[nodiscard]] std::string text(const Vector& vector);
[[nodiscard]] std::string number_text(double value);

struct Outcome {
  int status;
  std::string output;
};
// Whether Prometheus's promtool is installed, and what `promtool test rules PATH` says.
[[nodiscard]] bool have_promtool();
[[nodiscard]] Outcome run_promtool(const std::string& path);

}  // namespace pmon::promql::testing
