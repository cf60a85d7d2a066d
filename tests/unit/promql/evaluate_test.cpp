// SPDX-License-Identifier: Apache-2.0
// What promtool's files cannot express: errors, values that are no vectors, and the store's own states.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/promql.h"
#include "promtool_file.h"

namespace pmon::promql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Result<Value> eval(const SeriesStore& store, std::string_view text, Timestamp t) {
  const auto expr = Expr::parse(text);
  if (!expr) return std::unexpected(expr.error());
  return evaluate(*expr, store, t);
}

std::string vector_text(const SeriesStore& store, std::string_view text, Timestamp t) {
  const auto value = eval(store, text, t);
  if (!value) return "error: " + value.error().message;
  return testing::text(std::get<Vector>(*value));
}

// Two processes, ten ticks; pid 1 counts up by 2, pid 2 stands at 7.
class Evaluate : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int tick = 0; tick < 10; ++tick) {
      store_.begin_tick(tick * 1000);
      if (tick == 0) {
        one_ = store_.open("cpu", {{"pid", "1"}});
        two_ = store_.open("cpu", {{"pid", "2"}});
      }
      store_.append(one_, tick * 2);
      store_.append(two_, 7);
    }
  }
  SeriesStore store_;
  SeriesStore::Ref one_ = 0;
  SeriesStore::Ref two_ = 0;
};

TEST_F(Evaluate, TypesOfValues) {
  EXPECT_EQ(std::get<Scalar>(*eval(store_, "1 + 2", 9000)).value, 3);
  EXPECT_EQ(std::get<std::string>(*eval(store_, "\"a\\tb\"", 9000)), "a\tb");
  const auto matrix = std::get<Matrix>(*eval(store_, "cpu{pid=\"1\"}[2s]", 9000));
  ASSERT_THAT(matrix, SizeIs(1));
  EXPECT_EQ(matrix[0].labels, (Labels{{"__name__", "cpu"}, {"pid", "1"}}));
  ASSERT_THAT(matrix[0].points, SizeIs(3));
  EXPECT_EQ(matrix[0].points[2].time, 9000);
  EXPECT_EQ(matrix[0].points[2].value, 18);
  EXPECT_THAT(std::get<Matrix>(*eval(store_, "cpu[5s:2s]", 9000))[1].points, SizeIs(3));
}

TEST_F(Evaluate, AReleasedSeriesIsGoneFromItsReleaseTickOn) {
  store_.begin_tick(10'000);
  store_.append(one_, 20);
  store_.append(two_, 7);
  store_.release(one_);
  EXPECT_EQ(vector_text(store_, "cpu", 9999), "cpu{pid=\"1\"} 18\ncpu{pid=\"2\"} 7\n");
  EXPECT_EQ(vector_text(store_, "cpu", 10'000), "cpu{pid=\"2\"} 7\n");
  EXPECT_EQ(vector_text(store_, "cpu", 60'000), "cpu{pid=\"2\"} 7\n");
  // Ranges still see its samples, the one of the last tick too.
  EXPECT_EQ(vector_text(store_, "max_over_time(cpu{pid=\"1\"}[5s])", 12'000), "{pid=\"1\"} 20\n");
  EXPECT_EQ(vector_text(store_, "count_over_time(cpu{pid=\"1\"}[5s])", 10'000), "{pid=\"1\"} 6\n");
  EXPECT_EQ(vector_text(store_, "increase(cpu{pid=\"1\"}[10s])", 10'000), "{pid=\"1\"} 20\n");
}

TEST_F(Evaluate, AReusedIdentityDoesNotJoinWhatWasBefore) {
  store_.begin_tick(10'000);
  store_.release(one_);
  store_.begin_tick(11'000);
  const auto again = store_.open("cpu", {{"pid", "1"}});
  store_.append(again, 1);
  EXPECT_EQ(vector_text(store_, "cpu{pid=\"1\"}", 10'500), "");
  EXPECT_EQ(vector_text(store_, "cpu{pid=\"1\"}", 11'000), "cpu{pid=\"1\"} 1\n");
  EXPECT_EQ(vector_text(store_, "resets(cpu{pid=\"1\"}[20s])", 11'000), "{pid=\"1\"} 1\n");
}

TEST_F(Evaluate, AGapIsBridgedByTheLookBackOnly) {
  store_.begin_tick(10'000);
  store_.append(two_, 7);
  EXPECT_EQ(vector_text(store_, "cpu", 10'000), "cpu{pid=\"1\"} 18\ncpu{pid=\"2\"} 7\n");
  EXPECT_EQ(vector_text(store_, "count_over_time(cpu[3s])", 10'000), "{pid=\"1\"} 3\n{pid=\"2\"} 4\n");
  EXPECT_EQ(vector_text(store_, "rate(cpu{pid=\"1\"}[1s])", 10'000), "");
}

TEST_F(Evaluate, SamplesThatWereForgottenAreNotSeen) {
  store_.forget_before(7000);
  EXPECT_EQ(vector_text(store_, "count_over_time(cpu[1m])", 9000), "{pid=\"1\"} 3\n{pid=\"2\"} 3\n");
  EXPECT_EQ(vector_text(store_, "min_over_time(cpu[1m])", 9000), "{pid=\"1\"} 14\n{pid=\"2\"} 7\n");
  EXPECT_EQ(vector_text(store_, "cpu", 6999), "");
  store_.forget_before(100'000);
  EXPECT_EQ(vector_text(store_, "cpu", 9000), "");
  EXPECT_EQ(vector_text(store_, "rate(cpu[1m])", 9000), "");
}

TEST_F(Evaluate, AnEmptyStoreGivesNothing) {
  const SeriesStore empty;
  for (const char* text :
       {"cpu", "rate(cpu[5m])", "sum(cpu)", "max_over_time(cpu[1m:1s])", "cpu and cpu", "cpu or cpu"}) {
    EXPECT_EQ(vector_text(empty, text, 0), "") << text;
  }
  EXPECT_EQ(vector_text(empty, "absent(cpu{pid=\"1\"})", 0), "{pid=\"1\"} 1\n");
}

TEST_F(Evaluate, ABirthCountsFromZero) {
  store_.begin_tick(10'000);
  const auto born = store_.open("cpu", {{"pid", "3"}});
  store_.append_zero_before(born);
  store_.append(born, 5);
  EXPECT_EQ(vector_text(store_, "increase(cpu{pid=\"3\"}[1s])", 10'000), "{pid=\"3\"} 5\n");
}

TEST_F(Evaluate, Errors) {
  store_.append(store_.open("other", {{"pid", "1"}}), 1);
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& bad : {
           Case{"cpu * on() cpu", "found duplicate series for the match group {} on the right hand-side"},
           Case{"cpu * on() cpu", "[{__name__=\"cpu\", "},
           Case{"cpu * on() group_right() cpu", "found duplicate series for the match group {} on the left hand-side"},
           Case{"cpu * on() other", "multiple matches for labels: many-to-one matching must be explicit"},
           Case{"cpu * on() group_left(pid) other", "multiple matches for labels: grouping labels must ensure"},
           Case{"sum_over_time({__name__=~\"cpu|other\"}[5s])", "vector cannot contain metrics with the same labelset"},
           Case{"{__name__=~\"cpu|other\"} + 1", "vector cannot contain metrics with the same labelset: {pid=\"1\"}"},
           Case{"-{__name__=~\"cpu|other\"}", "vector cannot contain metrics with the same labelset"},
           Case{"label_replace(cpu, \"pid\", \"x\", \"pid\", \".*\")", "vector cannot contain metrics with the same"},
           Case{"label_replace(cpu, \"a-b\", \"x\", \"pid\", \".*\")",
                "invalid destination label name in label_replace()"},
           Case{"label_join(cpu, \"x\", \"\", \"a b\")", "invalid source label name in label_join()"},
           Case{"count_values(\"a b\", cpu)", "invalid label name \"a b\""},
           Case{"topk(NaN, cpu)", "overflows int64"},
           Case{"holt_winters(cpu[5s], 2, 0.5)", "invalid smoothing factor"},
           Case{"sum_over_time(cpu[10y:1ms])", "query processing would look at too many samples"},
       }) {
    const auto value = eval(store_, bad.text, 9000);
    ASSERT_FALSE(value) << bad.text;
    EXPECT_THAT(value.error().message, HasSubstr(bad.message)) << bad.text;
  }
}

TEST_F(Evaluate, NotANumber) {
  const auto nan = [this](const char* text) {
    const auto vector = std::get<Vector>(*eval(store_, text, 9000));
    return vector.size() == 1 && std::isnan(vector[0].value);
  };
  for (const char* text : {"quantile(NaN, cpu)", "vector(scalar(cpu))", "vector(0) / 0", "hour(vector(Inf))",
                           "sgn(vector(NaN))", "clamp(vector(NaN), 0, 1)", "clamp_min(vector(1), NaN)", "vector(5) % 0",
                           "sum_over_time(vector(NaN)[3s:1s])", "deriv(vector(NaN)[3s:1s])",
                           "deriv(vector(Inf)[3s:1s])", "histogram_quantile(0.5, vector(1) * 0) or vector(NaN)"}) {
    EXPECT_TRUE(nan(text)) << text;
  }
  EXPECT_EQ(vector_text(store_, "vector(NaN) == vector(NaN)", 9000), "");
  EXPECT_EQ(vector_text(store_, "max(vector(NaN) or on(x) cpu)", 9000), "{} .nan\n");
  EXPECT_EQ(vector_text(store_, "sort(label_replace(vector(NaN), \"k\", \"a\", \"\", \"\") or cpu)", 9000),
            "cpu{pid=\"2\"} 7\ncpu{pid=\"1\"} 18\n{k=\"a\"} .nan\n");
}

// The right side is evaluated only for labels that the left side has left: not seen in any result.
TEST_F(Evaluate, NarrowingTheRightSideChangesNoResult) {
  store_.append(store_.open("rss", {{"pid", "1"}}), 10);
  store_.append(store_.open("rss", {{"pid", "2"}}), 100);
  EXPECT_EQ(vector_text(store_, "cpu > 10 and rss < on() group_left() sum(rss)", 9000), "cpu{pid=\"1\"} 18\n");
  EXPECT_EQ(vector_text(store_, "cpu > 10 and rss < 50 * count(cpu)", 9000), "");
  EXPECT_EQ(vector_text(store_, "cpu > 10 and on(pid) rss * on() group_left() count(cpu)", 9000),
            "cpu{pid=\"1\"} 18\n");
  EXPECT_EQ(vector_text(store_, "cpu > 10 and rss == scalar(min(rss))", 9000), "cpu{pid=\"1\"} 18\n");
  EXPECT_EQ(vector_text(store_, "cpu > 10 and (rss == bool on() group_left() max(rss)) == 0", 9000),
            "cpu{pid=\"1\"} 18\n");
  EXPECT_EQ(vector_text(store_, "cpu > 10 and label_replace(rss, \"pid\", \"1\", \"pid\", \"2\") == 100", 9000),
            "error: vector cannot contain metrics with the same labelset: rss{pid=\"1\"}");
  EXPECT_EQ(vector_text(store_, "cpu > 10 and topk(1, rss)", 9000), "");
  EXPECT_EQ(vector_text(store_, "cpu > 10 and max_over_time(rss[5s:1s])", 9000), "cpu{pid=\"1\"} 18\n");
  EXPECT_EQ(vector_text(store_, "(cpu > 10 and rss) or cpu", 9000), "cpu{pid=\"1\"} 18\ncpu{pid=\"2\"} 7\n");
}

}  // namespace
}  // namespace pmon::promql
