// SPDX-License-Identifier: Apache-2.0
// Random expressions over random series: whatever this engine makes of them is written into a promtool file as
// what is expected, and promtool tells where Prometheus sees it otherwise. PMON_SEED repeats a run.
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "promql/lexer.h"
#include "random_expression.h"

namespace pmon::promql::testing {
namespace {

constexpr std::size_t kGroups = 102;  // of series; expressions over each
constexpr std::size_t kExpressions = 50;

using Samples = std::map<std::string, double>;

// `{a="x"} 1E+00, {…} NaN` or `nil`, as promtool prints samples.
Samples read_samples(const std::string& text) {
  static const re2::RE2 sample(R"((\{[^}]*\}) ([^, ]+))");
  Samples out;
  re2::StringPiece rest(text);
  std::string labels;
  std::string value;
  while (re2::RE2::FindAndConsume(&rest, sample, &labels, &value)) out[labels] = std::strtod(value.c_str(), nullptr);
  return out;
}

// Prometheus adds in another order and promtool compares bit by bit, so differences of rounding are let pass here: of
// the result, and next to zero what is left where values of some hundreds cancel out.
bool close(double a, double b) {
  constexpr double kLeft = 1e-11;
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::abs(a - b) <= std::max(kLeft, 1e-9 * std::max(std::abs(a), std::abs(b)));
}

bool close(const Samples& a, const Samples& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && close(x.second, y.second); });
}

struct Complaints {
  std::vector<std::string> differences;
  std::multiset<std::string> errors;  // expressions that promtool could not evaluate
};

// The expression of a line `    expr: "…", time: …`, without Go's quoting.
std::string expression_of(const std::string& line) {
  const std::size_t begin = line.find('"') + 1;
  return unescape(std::string_view(line).substr(begin, line.find("\", time: ") - begin), '"', 0);
}

// promtool tells of each difference in three lines (expr, exp, got) and of each error in one.
Complaints read_complaints(const std::string& output) {
  Complaints out;
  std::istringstream lines(output);
  std::string expr;
  std::string expected;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" expr: ") != std::string::npos) {
      expr = line;
      if (line.find(", err: ") != std::string::npos) out.errors.insert(expression_of(line));
    } else if (line.find(" exp: ") != std::string::npos) {
      expected = line;
    } else if (line.find(" got: ") != std::string::npos) {
      const Samples ours = read_samples(expected.substr(expected.find("exp: ") + 5));
      const Samples theirs = read_samples(line.substr(line.find("got: ") + 5));
      if (!close(ours, theirs)) out.differences.push_back(expr + "\n ours" + expected + "\n theirs" + line);
    }
  }
  return out;
}

TEST(RandomExpressions, GiveWhatPromtoolGives) {
  if (!have_promtool()) GTEST_SKIP() << "promtool is not installed (apt-get install prometheus): the judge is missing";
  const char* given = std::getenv("PMON_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
  std::cout << "PMON_SEED=" << seed << "\n";
  SCOPED_TRACE(fmt::format("repeat with PMON_SEED={}", seed));
  RandomExpressions random(seed);
  PromtoolFile file;
  file.evaluation_interval = 1000;
  std::multiset<std::string> errors;
  std::size_t results = 0;
  for (std::size_t i = 0; i < kGroups; ++i) {
    TestGroup& group = file.groups.emplace_back(random.group(kExpressions));
    const SeriesStore store = fill_store(group);
    for (ExpressionTest& test : group.tests) {
      const auto parsed = Expr::parse(test.expr);
      ASSERT_TRUE(parsed) << parsed.error().text();
      auto value = evaluate_like_promtool(test.expr, store, test.eval_time, file.evaluation_interval);
      if (!value) {
        errors.insert(test.expr);
      } else {
        test.expected = std::move(*value);
        if (!test.expected.empty()) ++results;
      }
    }
  }
  const auto path = std::filesystem::temp_directory_path() / fmt::format("pmon_random_{}.yml", getpid());
  write_promtool_file(file, path);
  const Outcome outcome = run_promtool(path);
  const Complaints complaints = read_complaints(outcome.output);
  for (std::size_t i = 0; i < std::min<std::size_t>(5, complaints.differences.size()); ++i) {
    ADD_FAILURE() << complaints.differences[i];
  }
  // What this engine refuses, Prometheus must refuse. It refuses a little more: it evaluates the right side of an
  // operator even where the left side is empty or has other labels, and looks for duplicates across all steps of a
  // subquery.
  std::vector<std::string> only_here;
  std::set_difference(errors.begin(), errors.end(), complaints.errors.begin(), complaints.errors.end(),
                      std::back_inserter(only_here));
  EXPECT_THAT(only_here, ::testing::IsEmpty()) << "refused by this engine alone; see " << path;
  for (const std::string& expr : complaints.errors) {
    static const re2::RE2 may_meet_duplicates(R"(\) |\)\[|(^|[^a-z0-9_])\{)");
    const bool excused = re2::RE2::PartialMatch(expr, may_meet_duplicates);
    EXPECT_TRUE(excused || errors.contains(expr)) << "refused by promtool alone: " << expr;
  }
  EXPECT_GT(results, kGroups * kExpressions / 5) << "too few expressions give anything to compare";
  EXPECT_NE(outcome.output.find("Unit Testing"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("yaml:"), std::string::npos) << outcome.output;
  if (!HasFailure()) std::filesystem::remove(path);
}

}  // namespace
}  // namespace pmon::promql::testing
