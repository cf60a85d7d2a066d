// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/promql.h"

namespace pmon::promql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Bad {
  std::string text;
  std::string message;  // how the first line starts
};

class BadExpression : public ::testing::TestWithParam<Bad> {};

TEST_P(BadExpression, IsRefusedWithPlaceAndReason) {
  const auto expr = Expr::parse(GetParam().text);
  ASSERT_FALSE(expr) << GetParam().text;
  EXPECT_EQ(expr.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(expr.error().message, StartsWith(GetParam().message)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, BadExpression,
    ::testing::Values(
        Bad{"", "1:1: no expression"}, Bad{"  # only a comment", "1:19: no expression"},
        Bad{"foo{", "1:5: unexpected end of input in label matchers"}, Bad{"foo{a}", "1:6: unexpected \"}\""},
        Bad{"foo{a=}", "1:7: unexpected \"}\""}, Bad{"foo{a=1}", "1:7: unexpected number 1"},
        Bad{"foo{a=\"x\",,}", "1:11: unexpected \",\""}, Bad{"foo{a:b=\"x\"}", "1:5: \"a:b\" is no label name"},
        Bad{"foo{a=\"x}", "1:7: unterminated string"}, Bad{"foo{a=\"\\q\"}", "1:8: unknown escape sequence \"\\q\""},
        Bad{"foo{a=\"\\xZZ\"}", "1:8: escape sequence needs 2 digits"},
        Bad{"foo{a=\"\\ud800\"}", "1:8: escape sequence is no Unicode code point"},
        Bad{"(1", "1:3: unexpected end of input in parentheses, expected \")\""},
        Bad{"1)", "1:2: unexpected \")\" after an expression"}, Bad{"1 +", "1:4: unexpected end of input"},
        Bad{"* 1", "1:1: unexpected \"*\""}, Bad{"foo bar", "1:5: unexpected \"bar\" after an expression"},
        Bad{"1 & 2", "1:3: unexpected character '&'"}, Bad{"1 + €", "1:5: unexpected character '€'"},
        Bad{"foo[5]", "1:5: unexpected number 5 in a range"}, Bad{"foo[5m", "1:7: unexpected end of input"},
        Bad{"foo[5x]", "1:5: bad duration \"5x\""}, Bad{"foo[5m3h]", "1:5: bad duration"},
        Bad{"foo[5m5m]", "1:5: bad duration"}, Bad{"foo[0s]", "1:5: duration must be greater than 0"},
        Bad{"foo[99999999999999y]", "1:5: duration out of range"}, Bad{"80%x y", "1:6: unexpected \"y\""},
        Bad{"5m", "1:1: unexpected duration 5m"}, Bad{"0x", "1:1: hexadecimal number without digits"},
        Bad{"1e", "1:1: bad number or duration \"1e\""}, Bad{"1.5.5", "1:4: unexpected number .5"},
        Bad{"1e999", "1:1: number \"1e999\" is out of range"},
        Bad{"(foo)[5m]", "1:6: a range is allowed after a selector"},
        Bad{"foo[5m][5m]", "1:8: a range is allowed after a selector"},
        Bad{"foo offset 5m [5m]", "1:15: the range stands before offset and @"},
        Bad{"foo offset", "1:11: unexpected end of input after \"offset\""},
        Bad{"foo offset 5m offset 5m", "1:15: offset is given twice"}, Bad{"foo @ 1 @ 2", "1:9: @ is given twice"},
        Bad{"foo @ bar", "1:7: unexpected \"bar\" after \"@\""}, Bad{"foo @ Inf", "1:7: unexpected \"Inf\""},
        Bad{"1 offset 5m", "1:3: \"offset\" is allowed after a selector or a subquery only"},
        Bad{"(foo) offset 5m", "1:7: \"offset\" is allowed"}, Bad{"sum(foo) @ 5", "1:10: \"@\" is allowed"},
        Bad{"a + group_left(x) b", "1:5: unexpected \"group_left\" after an operator"},
        Bad{"sum(a) by", "1:10: unexpected end of input before label names"},
        Bad{"sum by (a:b)(x)", "1:9: unexpected \"a:b\" in a list of labels"},
        Bad{"sum(1, 2, 3)", "1:4: sum takes 1 argument, 3 given"},
        Bad{"topk(x)", "1:5: topk takes 2 arguments, 1 given"},
        Bad{"foo +\n  bar{x=~\"(\"}", "2:7: bad regular expression: missing ): ("}));

// What RE2, C++ or a looser grammar would take and Prometheus refuses.
INSTANTIATE_TEST_SUITE_P(
    AsPrometheus, BadExpression,
    ::testing::Values(Bad{"foo offset +1m", "1:12: unexpected \"+\" after \"offset\""},
                      Bad{"sum by (inf) (x)", "1:9: unexpected \"inf\" in a list of labels"},
                      Bad{"x + on(NaN) x", "1:8: unexpected \"NaN\" in a list of labels"},
                      Bad{"on", "1:1: unexpected \"on\" in an expression"},
                      Bad{"Ignoring{a=\"b\"}", "1:1: unexpected \"Ignoring\" in an expression"},
                      Bad{"rate(group_left[5s])", "1:6: unexpected \"group_left\" in an expression"},
                      Bad{"group_right", "1:1: unexpected \"group_right\""}, Bad{"bool", "1:1: unexpected \"bool\""},
                      Bad{"atan2", "1:1: unexpected \"atan2\""}, Bad{"x + on", "1:7: unexpected end of input"},
                      Bad{"foo{a=~\"\\\\C+\"}", "1:5: bad regular expression: invalid escape sequence: \\C"},
                      Bad{"foo{a=~\"\\\\Qx\\\\E\\\\C\"}", "1:5: bad regular expression"},
                      Bad{"label_replace(x, \"a\", \"b\", \"c\", `\\C`)", "1:33: bad regular expression"},
                      Bad{"rate(+x[5m])", "1:7: expected instant vector in an expression with a sign, got range"},
                      Bad{"+\"a\"", "1:2: expected instant vector in an expression with a sign, got string"},
                      Bad{"+x[5m:1m]", "1:2: expected instant vector in an expression with a sign, got range"},
                      Bad{"0x8000000000000000", "1:1: hexadecimal number above 0x7fffffffffffffff"}));

INSTANTIATE_TEST_SUITE_P(
    Meaning, BadExpression,
    ::testing::Values(
        Bad{"rat(x[5m])", "1:1: unknown function \"rat\", did you mean \"rate\"?"},
        Bad{"1 + summ(x)", "1:5: unknown function \"summ\", did you mean \"sum\"?"},
        Bad{"max_overtime(x[5m])", "1:1: unknown function \"max_overtime\", did you mean \"max_over_time\"?"},
        Bad{"completely_else(x)", "1:1: unknown function \"completely_else\"\n"},
        Bad{"{}", "1:1: a selector needs a name or at least one matcher"}, Bad{"{a=~\".*\"}", "1:1: a selector needs"},
        Bad{"{a!=\"x\"}", "1:1: a selector needs"},
        Bad{"foo{__name__=\"bar\"}", "1:5: the metric name is given already"},
        Bad{"rate(x)", "1:6: expected range vector in call of rate, got instant vector"},
        Bad{"abs(x[5m])", "1:5: expected instant vector in call of abs, got range vector"},
        Bad{"abs(1)", "1:5: expected instant vector in call of abs, got scalar"},
        Bad{"rate()", "1:1: rate takes at least 1 argument(s), 0 given"},
        Bad{"rate(x[5m], 1)", "1:1: rate takes at most 1 argument(s), 2 given"},
        Bad{"sum(1)", "1:5: expected instant vector in an aggregation, got scalar"},
        Bad{"topk(x, x)", "1:6: expected scalar in the parameter of an aggregation"},
        Bad{"count_values(1, x)", "1:14: expected string in the parameter of an aggregation"},
        Bad{"label_replace(x, \"a\", \"b\", \"c\", \"(\")", "1:33: bad regular expression"},
        Bad{"label_join(x, \"a\")", "1:1: label_join takes at least 3"},
        Bad{"1 > 2", "1:1: comparisons between scalars are written \"> bool\""},
        Bad{"1 and 2", "1:1: \"and\" takes instant vectors only"}, Bad{"x and 2", "1:1: \"and\" takes instant vectors"},
        Bad{"x + bool y", "1:1: \"bool\" is for comparisons, not for \"+\""},
        Bad{"x[5m] + 1", "1:1: \"+\" takes scalars and instant vectors, got range vector"},
        Bad{"\"a\" + 1", "1:1: \"+\" takes scalars and instant vectors, got string"},
        Bad{"-x[5m]", "1:2: expected instant vector in a negation"}, Bad{"-\"x\"", "1:2: expected instant vector"},
        Bad{"x + on(a) 1", "1:1: \"on\" and \"ignoring\" with labels are for two instant vectors only"},
        Bad{"x and on(a) group_left y", "1:1: \"and\" knows no group_left"},
        Bad{"x + on(a) group_left(a) y", "1:1: label \"a\" is given both in on() and in the group"},
        Bad{"rate(x[5m])[5m]", "1:12: a range is allowed after a selector only"},
        Bad{"(1)[5m:]", "1:1: expected instant vector in a subquery, got scalar"}));

TEST(Parse, ErrorShowsTheLineAndPointsAtThePlace) {
  const auto expr = Expr::parse("sum(\n\trate(x[5y3]))");
  ASSERT_FALSE(expr);
  EXPECT_EQ(expr.error().message,
            "2:9: bad duration \"5y3\": units are y w d h m s ms, each once, in this order\n"
            "  \trate(x[5y3]))\n"
            "  \t       ^");
}

TEST(Parse, ColumnsCountCharacters) {
  const auto expr = Expr::parse("foo{a=\"äöü\"} + rat(x)");
  ASSERT_FALSE(expr);
  EXPECT_THAT(expr.error().message, StartsWith("1:16: unknown function"));
}

TEST(Parse, DepthIsLimited) {
  const auto brackets = Expr::parse(std::string(100'000, '('));
  ASSERT_FALSE(brackets);
  EXPECT_THAT(brackets.error().message, HasSubstr("nested deeper"));
  const auto signs = Expr::parse(std::string(100'000, '-') + "1");
  ASSERT_FALSE(signs);
  EXPECT_THAT(signs.error().message, HasSubstr("nested deeper"));
  std::string sum = "x";
  for (int i = 0; i < 10'000; ++i) sum += "+x";
  EXPECT_FALSE(Expr::parse(sum));
  std::string subqueries = "x";
  for (int i = 0; i < 10'000; ++i) subqueries += "[1s:1s]";
  EXPECT_FALSE(Expr::parse(subqueries));
  EXPECT_TRUE(Expr::parse("x" + std::string(300, ' ') + std::string("+x")));
}

std::string chain(std::string_view op, int operands) {
  std::string out = "vector(1)";
  for (int i = 1; i < operands; ++i) out += fmt::format(" {} vector(1)", op);
  return out;
}

TEST(Parse, ChainsOfOperatorsAreNoNesting) {
  const SeriesStore empty;
  for (const char* op : {"or", "+", "unless", "< bool", "* on()"}) {
    const auto expr = Expr::parse(chain(op, 990));
    ASSERT_TRUE(expr) << op << expr.error().text();
    EXPECT_TRUE(expr->metric_names().empty());
    EXPECT_EQ(expr->reach(), 0);
    EXPECT_TRUE(evaluate(*expr, empty, 0)) << op;
  }
  const auto sum = evaluate(*Expr::parse(chain("+", 990)), empty, 0);
  ASSERT_TRUE(sum);
  EXPECT_EQ(std::get<Vector>(*sum).at(0).value, 990);
  const auto longer = Expr::parse(chain("or", 20'000));
  ASSERT_FALSE(longer);
  EXPECT_THAT(longer.error().message, HasSubstr("deeper than 1000 operators"));
}

TEST(Parse, KeywordsAreNamesWhereNamesAreExpected) {
  for (const char* text :
       {"sum", "by", "offset", "by{on=\"x\"}", "{__name__=\"on\"}", "{inf=\"x\"}", "x{a=~`\\Q\\C\\E`}", "x{a=~`\\\\C`}",
        "sum by (on, by, sum)(x)", "rate:sum", ":x", "x{and=\"\",y=\"z\"}"}) {
    EXPECT_TRUE(Expr::parse(text)) << text;
  }
}

struct Facts {
  std::string text;
  std::vector<std::string> names;
  Timestamp reach;
  Timestamp longest_interval;
};

class ExpressionFacts : public ::testing::TestWithParam<Facts> {};

TEST_P(ExpressionFacts, AreReadOffTheTree) {
  const auto expr = Expr::parse(GetParam().text);
  ASSERT_TRUE(expr) << expr.error().text();
  EXPECT_EQ(expr->metric_names(), GetParam().names) << GetParam().text;
  EXPECT_EQ(expr->reach(), GetParam().reach) << GetParam().text;
  EXPECT_EQ(expr->longest_interval(), GetParam().longest_interval) << GetParam().text;
  EXPECT_EQ(expr->text(), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Parse, ExpressionFacts,
    ::testing::Values(Facts{"1", {}, 0, 0}, Facts{"b + a", {"a", "b"}, 0, 0},
                      Facts{"rate(b[1m]) > a offset 30s", {"a", "b"}, 60'000, 30'000},
                      Facts{"{__name__=\"x\"}", {"x"}, 0, 0}, Facts{"{__name__=~\"x|y\"}", {}, 0, 0},
                      Facts{"max_over_time(rate(x[1m])[5m:10s] offset 1m)", {"x"}, 420'000, 30'000},
                      Facts{"deriv(rate(x[5m])[1m:])", {"x"}, 360'000, 30'000},
                      Facts{"rate(x[1m] offset -30s)", {"x"}, 30'000, 30'000}, Facts{"x offset -1h", {"x"}, 0, 0},
                      Facts{"min_over_time(x[5s])", {"x"}, 5'000, 5'000},
                      Facts{"rate(x[2m]) + max_over_time(x[30s])", {"x"}, 120'000, 30'000},
                      Facts{"rate(x[1h30m5s10ms])", {"x"}, 5'405'010, 2'702'505}));

}  // namespace
}  // namespace pmon::promql
