// SPDX-License-Identifier: Apache-2.0
// The data files of tests/promql: what they expect must be what this engine and Prometheus's say.
#include <cmath>
#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>

#include "promtool_file.h"

namespace pmon::promql::testing {
namespace {

std::vector<std::string> data_files() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(PMON_SOURCE_DIR "/tests/promql")) {
    if (entry.path().extension() == ".yml") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string path_of(const std::string& stem) { return std::string(PMON_SOURCE_DIR "/tests/promql/") + stem + ".yml"; }

class PromtoolData : public ::testing::TestWithParam<std::string> {};

// Exactly equal, as promtool compares.
bool same(const Vector& a, const Vector& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Sample& x, const Sample& y) { return x.labels == y.labels && x.value == y.value; });
}

TEST_P(PromtoolData, EngineGivesWhatTheFileExpects) {
  const PromtoolFile file = read_promtool_file(path_of(GetParam()));
  std::size_t tests = 0;
  for (const TestGroup& group : file.groups) {
    const SeriesStore store = fill_store(group);
    for (const ExpressionTest& test : group.tests) {
      ++tests;
      auto expected = test.expected;
      std::sort(expected.begin(), expected.end(), [](const Sample& a, const Sample& b) { return a.labels < b.labels; });
      const auto got = evaluate_like_promtool(test.expr, store, test.eval_time, file.evaluation_interval);
      ASSERT_TRUE(got) << test.expr << "\n" << got.error().text();
      EXPECT_TRUE(same(*got, expected)) << test.expr << " at " << test.eval_time << " ms\nexpected\n"
                                        << text(expected) << "got\n"
                                        << text(*got);
    }
  }
  EXPECT_GT(tests, 0U);
}

TEST_P(PromtoolData, PromtoolAgreesWithTheFile) {
  if (!have_promtool()) GTEST_SKIP() << "promtool is not installed (apt-get install prometheus): the judge is missing";
  const Outcome run = run_promtool(path_of(GetParam()));
  EXPECT_EQ(run.status, 0) << run.output;
}

INSTANTIATE_TEST_SUITE_P(Files, PromtoolData, ::testing::ValuesIn(data_files()),
                         [](const auto& file) { return file.param; });

}  // namespace
}  // namespace pmon::promql::testing
