// SPDX-License-Identifier: Apache-2.0
#include "delivery/loki_body.h"

#include <gtest/gtest.h>

namespace pmon::delivery {
namespace {

TEST(LokiBody, StreamsAreSortedAndTheirLinesByTime) {
  const Labels a{{"host", "h"}, {"type", "alert"}};
  const Labels b{{"host", "h"}, {"type", "exit"}};
  EXPECT_EQ(loki_body({{b, 5, "b5"}, {a, 9, "a9"}, {b, 3, "b3"}, {a, 9, "a9 too"}, {a, 9, "a9 again"}}),
            R"({"streams":[{"stream":{"host":"h","type":"alert"},"values":[)"
            R"(["9000000","a9"],["9000001","a9 too"],["9000002","a9 again"]]},)"
            R"({"stream":{"host":"h","type":"exit"},"values":[["3000000","b3"],["5000000","b5"]]}]})");
}

TEST(LokiBody, EveryStreamHasItsOwnTimes) {
  EXPECT_EQ(loki_body({{{{"a", "1"}}, 1, "x"}, {{{"a", "2"}}, 1, "y"}}),
            R"({"streams":[{"stream":{"a":"1"},"values":[["1000000","x"]]},)"
            R"({"stream":{"a":"2"},"values":[["1000000","y"]]}]})");
}

TEST(LokiBody, HostileTextIsJson) {
  EXPECT_EQ(loki_body({{{{"a", "q\"\xff"}}, 1'700'000'000'000, "l\n\\\xff"}}),
            "{\"streams\":[{\"stream\":{\"a\":\"q\\\"\xef\xbf\xbd\"},"
            "\"values\":[[\"1700000000000000000\",\"l\\n\\\\\xef\xbf\xbd\"]]}]}");
  EXPECT_EQ(loki_body({}), R"({"streams":[]})");
}

}  // namespace
}  // namespace pmon::delivery
