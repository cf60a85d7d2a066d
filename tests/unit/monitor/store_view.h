// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "promql/promql.h"
#include "series/series_store.h"

namespace pmon::monitor {

// What an expression gives at time t, one "{labels} value" per series, sorted by the labels.
inline std::vector<std::string> evaluated(const SeriesStore& store, const std::string& text, Timestamp t) {
  const auto expr = promql::Expr::parse(text);
  EXPECT_TRUE(expr) << expr.error().text();
  const auto value = promql::evaluate(*expr, store, t);
  EXPECT_TRUE(value) << value.error().text();
  std::vector<std::string> lines;
  for (const promql::Sample& sample : std::get<promql::Vector>(*value)) {
    Labels labels = sample.labels;
    labels.erase(kNameLabel);
    lines.push_back(fmt::format("{} {:g}", labels.text(), sample.value));
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace pmon::monitor
