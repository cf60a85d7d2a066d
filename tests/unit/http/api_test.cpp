// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::http::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class Api : public ServerTest {
 protected:
  void SetUp() override { start(); }

  [[nodiscard]] std::string body(std::string_view target) const { return get(port(), target).body; }
  // Whether it is refused as bad_data, and the message names the parameter.
  void expect_bad(std::string_view target, std::string_view parameter) const {
    const Answer answer = get(port(), target);
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_THAT(answer.body, HasSubstr(R"({"status":"error","errorType":"bad_data","error":"invalid parameter \")" +
                                       std::string(parameter) + "\\\""))
        << target;
  }
};

TEST_F(Api, AnswersAVector) {
  host_.state()->value =
      promql::Vector{{{{"__name__", "up"}, {"comm", "a\"b"}}, 1}, {{}, NAN}, {{{"x", "y"}}, INFINITY}};
  EXPECT_EQ(body("/api/v1/query?query=up&time=1700000000.125"),
            R"({"status":"success","data":{"resultType":"vector","result":[)"
            R"({"metric":{"__name__":"up","comm":"a\"b"},"value":[1700000000.125,"1"]},)"
            R"({"metric":{},"value":[1700000000.125,"NaN"]},{"metric":{"x":"y"},"value":[1700000000.125,"+Inf"]}]}})"
            "\n");
  EXPECT_EQ(host_.state()->asked_query, "up");
  EXPECT_EQ(host_.state()->asked_time, 1'700'000'000'125);
}

TEST_F(Api, AnswersScalarStringAndMatrix) {
  host_.state()->value = promql::Scalar{0.5};
  EXPECT_EQ(body("/api/v1/query?query=0.5&time=2023-11-14T22:13:20Z"),
            R"({"status":"success","data":{"resultType":"scalar","result":[1700000000,"0.5"]}})"
            "\n");
  host_.state()->value = std::string("text");
  EXPECT_EQ(body("/api/v1/query?query=%22text%22&time=1"),
            R"({"status":"success","data":{"resultType":"string","result":[1,"text"]}})"
            "\n");
  host_.state()->value = promql::Matrix{{{{"a", "b"}}, {{1000, 1}, {2500, 2}}}};
  EXPECT_EQ(body("/api/v1/query?query=a[5m]&time=1"), R"({"status":"success","data":{"resultType":"matrix","result":[)"
                                                      R"({"metric":{"a":"b"},"values":[[1,"1"],[2.500,"2"]]}]}})"
                                                      "\n");
}

TEST_F(Api, TakesNowWhereNoTimeIsGiven) {
  host_.state()->value = promql::Scalar{1};
  EXPECT_THAT(body("/api/v1/query?query=1&time="), HasSubstr("[1700000000.500,"));
  EXPECT_EQ(host_.state()->asked_time, host_.state()->health.now);
}

TEST_F(Api, TakesAForm) {
  const Answer answer = post_form(port(), "/api/v1/query_range", "query=a%2Bb&start=1&end=2&step=1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(host_.state()->asked_query, "a+b");
}

TEST_F(Api, AnswersARangeSortedByLabels) {
  host_.state()->matrix = {{{{"a", "2"}}, {{1000, 1}}}, {{{"a", "1"}}, {{1000, 2}}}};
  EXPECT_EQ(body("/api/v1/query_range?query=up&start=1&end=2023-11-14T22:13:20.5%2B01:00&step=30d"),
            R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"2"]]},)"
            R"({"metric":{"a":"2"},"values":[[1,"1"]]}]}})"
            "\n");
  EXPECT_EQ(host_.state()->asked_range.start, 1000);
  EXPECT_EQ(host_.state()->asked_range.end, 1'699'996'400'500);
  EXPECT_EQ(host_.state()->asked_range.step, 30LL * 24 * 3600 * 1000);
}

TEST_F(Api, BoundsTheRange) {
  EXPECT_EQ(get(port(), "/api/v1/query_range?query=up&start=0&end=11000&step=1").status, 200);
  const Answer answer = get(port(), "/api/v1/query_range?query=up&start=0&end=11001&step=1");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("exceeded maximum resolution of 11,000 points per timeseries"));
}

TEST_F(Api, NamesTheWrongParameter) {
  expect_bad("/api/v1/query", "query");
  expect_bad("/api/v1/query?query=", "query");
  expect_bad("/api/v1/query?query=up%7B", "query");
  expect_bad("/api/v1/query?query=up&time=yesterday", "time");
  expect_bad("/api/v1/query?query=up&time=NaN", "time");
  expect_bad("/api/v1/query?query=up&time=1e300", "time");
  expect_bad("/api/v1/query?query=up&time=2023-02-30T00:00:00Z", "time");
  expect_bad("/api/v1/query_range?query=up&end=2&step=1", "start");
  expect_bad("/api/v1/query_range?query=up&start=1&step=1", "end");
  expect_bad("/api/v1/query_range?query=up&start=2&end=1&step=1", "end");
  expect_bad("/api/v1/query_range?query=up&start=1&end=2", "step");
  expect_bad("/api/v1/query_range?query=up&start=1&end=2&step=0", "step");
  expect_bad("/api/v1/query_range?query=up&start=1&end=2&step=-5", "step");
  expect_bad("/api/v1/query_range?query=up&start=1&end=2&step=0.0001", "step");
  expect_bad("/api/v1/query_range?query=up&start=1&end=2&step=5x", "step");
  expect_bad("/api/v1/series", "match[]");
  expect_bad("/api/v1/series?match[]=up%7B", "match[]");
  expect_bad("/api/v1/labels?start=x", "start");
  expect_bad("/api/v1/labels?start=2&end=1", "end");
  expect_bad("/api/v1/metadata?limit=x", "limit");
  expect_bad("/api/v1/processes?sort=cpus", "sort");
  expect_bad("/api/v1/processes?limit=0", "limit");
  expect_bad("/api/v1/processes?limit=10001", "limit");
  expect_bad("/api/v1/processes?limit=5x", "limit");
  expect_bad("/api/v1/processes?order=cpu", "order");
}

TEST_F(Api, TellsTheCallersMistakesFromTheMonitors) {
  host_.state()->failure = Error{ErrorKind::kUsage, "many-to-many matching not allowed", ""};
  const Answer usage = get(port(), "/api/v1/query?query=a*b");
  EXPECT_EQ(usage.status, 422);
  EXPECT_EQ(usage.body,
            "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-to-many matching not allowed\"}\n");
  EXPECT_EQ(get(port(), "/api/v1/series?match[]=a").status, 400);
  host_.state()->failure = Error{ErrorKind::kFailed, "the monitor is busy", "ask again"};
  for (const std::string_view target :
       {"/api/v1/query?query=a", "/api/v1/query_range?query=a&start=1&end=2&step=1", "/api/v1/series?match[]=a",
        "/api/v1/labels", "/api/v1/label/pid/values", "/api/v1/alerts", "/api/v1/processes", "/api/v1/metadata"}) {
    const Answer answer = get(port(), target);
    EXPECT_EQ(answer.status, 503) << target;
    EXPECT_EQ(answer.body,
              "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"the monitor is busy (ask again)\"}\n");
  }
}

TEST_F(Api, ListsSeriesAndLabels) {
  host_.state()->series = {
      {{"__name__", "up"}, {"pid", "2"}}, {{"__name__", "a"}, {"comm", "x"}}, {{"__name__", "up"}, {"pid", "2"}}};
  EXPECT_EQ(body("/api/v1/series?match[]=up&match[]=%7Bcomm!=%22%22%7D"),
            R"({"status":"success","data":[{"__name__":"a","comm":"x"},{"__name__":"up","pid":"2"}]})"
            "\n");
  EXPECT_THAT(host_.state()->asked_selectors, UnorderedElementsAre("up", R"({comm!=""})"));
  EXPECT_EQ(host_.state()->asked_series, 2) << "one after the other: both together may be too much to hold";
  host_.state()->asked_selectors.clear();
  EXPECT_EQ(body("/api/v1/labels"), "{\"status\":\"success\",\"data\":[\"__name__\",\"comm\",\"pid\"]}\n");
  EXPECT_THAT(host_.state()->asked_selectors, ElementsAre(R"({__name__=~".+"})"));
  EXPECT_EQ(body("/api/v1/label/__name__/values?match[]=up"), "{\"status\":\"success\",\"data\":[\"a\",\"up\"]}\n");
  EXPECT_EQ(body("/api/v1/label/nobody/values"), "{\"status\":\"success\",\"data\":[]}\n");
  EXPECT_EQ(get(port(), "/api/v1/label/1x/values").status, 400);
}

// A body of 64 KiB has room for thousands.
TEST_F(Api, SelectorsAreFewAndEachIsAskedOnce) {
  host_.state()->series = {{{"__name__", "up"}, {"pid", "2"}}};
  std::string same = "/api/v1/series?match[]=up";
  std::string different = same;
  for (int i = 0; i < 500; ++i) same += "&match[]=up";
  for (int i = 0; i < 16; ++i) different += "&match[]=up" + std::to_string(i);
  EXPECT_EQ(body(same), "{\"status\":\"success\",\"data\":[{\"__name__\":\"up\",\"pid\":\"2\"}]}\n");
  EXPECT_EQ(host_.state()->asked_series, 1);
  for (const std::string_view path : {"/api/v1/series", "/api/v1/labels"}) {
    const Answer refused = get(port(), std::string(path) + different.substr(different.find('?')));
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr("more than 16 selectors"));
  }
  EXPECT_EQ(host_.state()->asked_series, 1);
}

TEST_F(Api, AListThatIsTooLargeIsNoAnswer) {
  for (char c = 'a'; c < 'a' + 9; ++c) host_.state()->series.push_back({{"__name__", std::string(8 << 20, c)}});
  const Answer refused = get(port(), "/api/v1/series?match[]=up");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("larger than"));
}

TEST_F(Api, TellsMetadata) {
  host_.state()->families = {{"b", "B \"quoted\"", MetricKind::kGauge, {}}, {"a_total", "A", MetricKind::kCounter, {}}};
  EXPECT_EQ(body("/api/v1/metadata"),
            R"({"status":"success","data":{"a_total":[{"type":"counter","help":"A","unit":""}],)"
            R"("b":[{"type":"gauge","help":"B \"quoted\"","unit":""}]}})"
            "\n");
  EXPECT_EQ(body("/api/v1/metadata?limit=0"), "{\"status\":\"success\",\"data\":{}}\n");
  EXPECT_THAT(body("/api/v1/metadata?metric=b"), HasSubstr("{\"b\":["));
}

TEST_F(Api, TellsAlerts) {
  host_.state()->alerts = {{.firing = true,
                            .labels = {{"alertname", "CpuBurn"}, {"pid", "7"}},
                            .annotations = {{"summary", "burns\n"}},
                            .value = 1.25,
                            .active_since = 1'700'000'000'007},
                           {.labels = {{"alertname", "B"}}, .value = 0, .active_since = 0}};
  EXPECT_EQ(body("/api/v1/alerts"),
            R"({"status":"success","data":{"alerts":[{"labels":{"alertname":"CpuBurn","pid":"7"},)"
            R"("annotations":{"summary":"burns\n"},"state":"firing","activeAt":"2023-11-14T22:13:20.007Z",)"
            R"("value":"1.25e+00"},{"labels":{"alertname":"B"},"annotations":{},"state":"pending",)"
            R"("activeAt":"1970-01-01T00:00:00.000Z","value":"0e+00"}]}})"
            "\n");
}

TEST_F(Api, TellsProcesses) {
  ProcessView view;
  view.sample.key = {7, 700};
  view.sample.parent_pid = 1;
  view.sample.uid = 1000;
  view.sample.comm = "worker";
  view.sample.metrics.set(Metric::kCPU, 1.5);
  view.sample.metrics.set(Metric::kTHREADS, 3);
  view.sample.metrics.set(Metric::kSWITCHES_VOLUNTARY, 9);
  view.cpu_cores = 0.25;
  view.group = "worker";
  host_.state()->processes = {view, {}};
  host_.state()->processes[1].sample.comm = "\xff";
  EXPECT_EQ(body("/api/v1/processes?sort=memory&limit=5"),
            R"({"status":"success","data":{"processes":[{"pid":7,"start_ticks":700,"comm":"worker","parent_pid":1,)"
            R"("uid":1000,"group":"worker","cpu_cores":0.25,"metrics":{"cpu_seconds_total":1.5,)"
            R"("context_switches_total":{"voluntary":9},"threads":3}},)"
            R"({"pid":0,"start_ticks":0,"comm":")"
            "\xef\xbf\xbd"
            R"(","parent_pid":0,"uid":0,"metrics":{}}]}})"
            "\n");
  EXPECT_EQ(host_.state()->asked_processes.order, ProcessOrder::kMemory);
  EXPECT_EQ(host_.state()->asked_processes.limit, 5U);
}

TEST_F(Api, TellsItsVersion) {
  EXPECT_THAT(body("/api/v1/status/buildinfo"), HasSubstr(R"("data":{"version":"1.2.3",)"));
}

TEST_F(Api, SatisfiesPromtool) {
  if (!have("promtool")) GTEST_SKIP() << "promtool is not installed (package prometheus)";
  const std::string url = " http://127.0.0.1:" + std::to_string(port());
  host_.state()->value = promql::Vector{{{{"__name__", "up"}, {"pid", "7"}}, 1.5}};
  host_.state()->matrix = {{{{"__name__", "up"}}, {{1000, 1}, {2000, 2}}}};
  host_.state()->series = {{{"__name__", "up"}, {"pid", "7"}}};
  EXPECT_EQ(output_of("promtool query instant --time 1700000000" + url + " up"),
            "up{pid=\"7\"} => 1.5 @[1700000000]\nexit 0\n");
  EXPECT_EQ(output_of("promtool query range --start 1 --end 2 --step 1s" + url + " up"),
            "up =>\n1 @[1]\n2 @[2]\nexit 0\n");
  EXPECT_EQ(output_of("promtool query series --match up" + url), "{__name__=\"up\", pid=\"7\"}\nexit 0\n");
  EXPECT_EQ(output_of("promtool query labels" + url + " pid"), "7\nexit 0\n");
  EXPECT_THAT(output_of("promtool query instant" + url + " 'up{'"), HasSubstr("exit 1"));
}

}  // namespace
}  // namespace pmon::http::test
