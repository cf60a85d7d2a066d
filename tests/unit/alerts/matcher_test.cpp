// SPDX-License-Identifier: Apache-2.0
#include "alerts/matcher.h"

#include <gtest/gtest.h>

#include <string>

namespace pmon::alerts {
namespace {

using Op = LabelMatcher::Op;

// The matchers as text(), or the error's message.
std::string parsed(std::string_view text) {
  const auto matchers = parse_matchers(text);
  return matchers ? text_of(*matchers) : matchers.error().message;
}

TEST(LabelMatcher, HasFourOperators) {
  const Labels labels{{"a", "abc"}};
  const auto matches = [&](const char* label, Op op, const char* value) {
    return LabelMatcher::make(label, op, value)->matches(labels);
  };
  EXPECT_TRUE(matches("a", Op::kEqual, "abc"));
  EXPECT_FALSE(matches("a", Op::kEqual, "ab"));
  EXPECT_TRUE(matches("b", Op::kEqual, ""));
  EXPECT_TRUE(matches("a", Op::kNotEqual, "ab"));
  EXPECT_TRUE(matches("a", Op::kMatches, "a.c"));
  EXPECT_FALSE(matches("a", Op::kMatches, "b"));
  EXPECT_TRUE(matches("a", Op::kNotMatches, "b"));
  EXPECT_FALSE(LabelMatcher::make("a", Op::kMatches, "("));
}

TEST(LabelMatcher, AnExpressionMatchesTheWholeValue) {
  const auto either = LabelMatcher::make("a", Op::kMatches, "b|bc");
  EXPECT_TRUE(either->matches(Labels{{"a", "bc"}}));
  EXPECT_FALSE(either->matches(Labels{{"a", "abcd"}}));
}

TEST(ParseMatchers, TakesEveryWayOfWritingThem) {
  EXPECT_EQ(parsed("foo=bar"), R"({foo="bar"})");
  EXPECT_EQ(parsed(R"(foo="bar")"), R"({foo="bar"})");
  EXPECT_EQ(parsed(R"({foo="bar",baz=~"x.*"})"), R"({foo="bar",baz=~"x.*"})");
  EXPECT_EQ(parsed(R"( { foo != "bar" , dings!~bums, } )"), R"({foo!="bar",dings!~"bums"})");
  EXPECT_EQ(parsed("foo=bar baz"), R"({foo="bar baz"})");
  EXPECT_EQ(parsed("a:b_1=5"), R"({a:b_1="5"})");
  EXPECT_EQ(parsed("foo="), R"({foo=""})");
  EXPECT_EQ(parsed(R"(foo="")"), R"({foo=""})");
  EXPECT_EQ(parsed(""), "{}");
  EXPECT_EQ(parsed("{}"), "{}");
}

TEST(ParseMatchers, ACommaOrBraceInQuotesIsText) {
  EXPECT_EQ(parsed(R"({a="x,y}",b="z"})"), R"({a="x,y}",b="z"})");
  EXPECT_EQ(parsed(R"(a="say \"x, y\"")"), R"({a="say \"x, y\""})");
}

TEST(ParseMatchers, KnowsThreeEscapesAndLeavesOthersAlone) {
  const auto matcher = parse_matcher(R"(a="1\n2\"3\\4\.5")");
  ASSERT_TRUE(matcher) << matcher.error().message;
  EXPECT_EQ(matcher->value(), "1\n2\"3\\4\\.5");
}

TEST(ParseMatchers, TextIsReadBackAsTheSameMatcher) {
  const auto made = LabelMatcher::make("a", Op::kNotEqual, "\"quoted\", \\n is not \n; }");
  const auto again = parse_matcher(made->text());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *made);
}

TEST(ParseMatchers, TellsWhereItWentWrong) {
  EXPECT_EQ(parsed("foo"), "1:4: expected =, !=, =~ or !~ behind 'foo'\n  foo\n     ^");
  EXPECT_EQ(parsed("1a=b"), "1:1: expected the name of a label\n  1a=b\n  ^");
  EXPECT_EQ(parsed("a=b,,c=d"), "1:5: expected a matcher such as comm=\"nginx\"\n  a=b,,c=d\n      ^");
  EXPECT_EQ(parsed(",a=b"), "1:1: expected a matcher such as comm=\"nginx\"\n  ,a=b\n  ^");
  EXPECT_EQ(parsed(R"(a=b,c="d)"), "1:7: this quote is not closed\n  a=b,c=\"d\n        ^");
  EXPECT_EQ(parsed(R"(a="b"c)"),
            "1:6: unexpected text behind the closing quote; a quote within the value is written as \\\"\n"
            "  a=\"b\"c\n       ^");
  EXPECT_EQ(parsed(R"(a=b"c")"),
            "1:4: a quote within a value without quotes must be written as \\\"\n  a=b\"c\"\n     ^");
  EXPECT_EQ(parsed("a=~x("), "1:4: matcher on 'a': bad regular expression: missing ): x(\n  a=~x(\n     ^");
}

}  // namespace
}  // namespace pmon::alerts
