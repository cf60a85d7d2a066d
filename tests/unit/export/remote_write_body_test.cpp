// SPDX-License-Identifier: Apache-2.0
#include "export/remote_write_body.h"

#include <snappy.h>

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "window_support.h"

namespace pmon {
namespace {

using test::kWindowTime;
using test::series;
using testing::ElementsAre;

// Reads protobuf by its wire format alone (https://protobuf.dev/programming-guides/encoding/), so that it agrees with
// Prometheus's messages and not merely with ours.
class Wire {
 public:
  explicit Wire(std::string_view bytes) : bytes_(bytes) {}
  bool more() const { return !bytes_.empty(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::string_view block() { return take(varint()); }
  std::uint64_t fixed64() {
    std::uint64_t value = 0;
    const std::string_view bytes = take(8);
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    EXPECT_EQ(taken.size(), size) << "cut off";
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view bytes_;
};

constexpr std::uint64_t kBlock = 2;

std::string text_of_label(std::string_view label) {
  std::string text;
  for (Wire wire(label); wire.more();) {
    const std::uint64_t tag = wire.varint();
    EXPECT_TRUE(tag == (1 << 3 | kBlock) || tag == (2 << 3 | kBlock));
    text += std::string(wire.block()) + (tag >> 3 == 1 ? "=" : "");
  }
  return text;
}

std::string text_of_sample(std::string_view sample) {
  std::string value = "0";
  std::string time;
  for (Wire wire(sample); wire.more();) {
    const std::uint64_t tag = wire.varint();
    if (tag == (1 << 3 | 1)) {
      const std::uint64_t bits = wire.fixed64();
      value = bits == kStaleBits ? "stale" : exposition::format_value(std::bit_cast<double>(bits));
    } else {
      EXPECT_EQ(tag, 2U << 3);
      time = std::to_string(wire.varint());
    }
  }
  return value + "@" + time;
}

// Each series as "a=1 b=2 | 5@1700000000000".
std::vector<std::string> decode(const std::string& body) {
  std::string plain;
  EXPECT_TRUE(snappy::Uncompress(body.data(), body.size(), &plain)) << "snappy's block format";
  std::vector<std::string> out;
  for (Wire request(plain); request.more();) {
    EXPECT_EQ(request.varint(), 1U << 3 | kBlock);
    std::string labels;
    std::string samples;
    for (Wire one(request.block()); one.more();) {
      const std::uint64_t tag = one.varint();
      if (tag == (1 << 3 | kBlock)) {
        labels += text_of_label(one.block()) + " ";
      } else {
        EXPECT_EQ(tag, 2U << 3 | kBlock);
        samples += " " + text_of_sample(one.block());
      }
    }
    out.push_back(labels + "|" + samples);
  }
  return out;
}

TEST(RemoteWrite, SeriesHaveSortedLabelsAndTheirName) {
  const Window window{
      kWindowTime,
      {{"pmon_process_threads",
        MetricKind::kGauge,
        {series({{"comm", "nginx"}, {"pid", "7"}, {"Zone", "1"}}, kWindowTime, {11, 12, {}, {}})}},
       {"pmon_process_cpu_seconds_total", MetricKind::kCounter, {series({}, kWindowTime - 5, {0, 0.5, {}, {}})}}}};
  const Encoded encoded = remote_write_bodies(window, {{{"instance", "db1"}, {"job", "pmon"}, {"comm", "no"}}});
  ASSERT_EQ(encoded.items.size(), 1U);
  EXPECT_EQ(encoded.items[0].count, 4U);
  EXPECT_THAT(
      decode(encoded.items[0].body),
      ElementsAre(
          "Zone=1 __name__=pmon_process_threads comm=nginx instance=db1 job=pmon pid=7 | 11@1700000000000",
          "Zone=1 __name__=pmon_process_threads:max comm=nginx instance=db1 job=pmon pid=7 | 12@1700000000000",
          "__name__=pmon_process_cpu_seconds_total comm=no instance=db1 job=pmon | 0@1699999999995",
          "__name__=pmon_process_cpu_seconds_total:rate_max comm=no instance=db1 job=pmon | 0.5@1699999999995"));
}

TEST(RemoteWrite, ASeriesThatEndedGetsAMarker) {
  WindowSeries ended = series({{"pid", "1"}}, kWindowTime - 1000, {3.0});
  ended.ended = true;
  WindowSeries before = series({{"pid", "2"}}, kWindowTime - 2000, {3.0, 4.0});
  before.ended = true;
  before.values = {};  // it was told of in the window before
  WindowSeries set_back = series({{"pid", "3"}}, kWindowTime + 9000, {3.0});
  set_back.ended = true;
  const Window window{kWindowTime, {{"m", MetricKind::kGauge, {ended, before, set_back}}}};
  EXPECT_THAT(decode(remote_write_bodies(window, {}).items.at(0).body),
              ElementsAre("__name__=m pid=1 | 3@1699999999000 stale@1700000000000",
                          "__name__=m pid=2 | stale@1700000000000", "__name__=m:max pid=2 | stale@1700000000000",
                          "__name__=m pid=3 | 3@1700000009000 stale@1700000009001"));
}

TEST(RemoteWrite, AnOrdinaryNanIsNoMarker) {
  const Window window{kWindowTime, {{"m", MetricKind::kGauge, {series({}, kWindowTime, {std::nan("")})}}}};
  EXPECT_THAT(decode(remote_write_bodies(window, {}).items.at(0).body), ElementsAre("__name__=m | NaN@1700000000000"));
}

TEST(RemoteWrite, HostileTextIsValidUtf8) {
  const Window window{kWindowTime,
                      {{"m", MetricKind::kGauge, {series({{"comm", test::kHostile}}, kWindowTime, {1.0})}}}};
  EXPECT_THAT(decode(remote_write_bodies(window, {}).items.at(0).body),
              ElementsAre("__name__=m comm=a\nb\"c\\d,e=f g\xef\xbf\xbd\t\x01h\\ | 1@1700000000000"));
}

TEST(RemoteWrite, RequestsAreBounded) {
  Window window{kWindowTime, {{"m", MetricKind::kGauge, {}}}};
  for (int i = 0; i < 7; ++i)
    window.families[0].series.push_back(series({{"i", std::to_string(i)}}, kWindowTime, {1.0}));
  const Encoded encoded = remote_write_bodies(window, {{}, 3});
  ASSERT_EQ(encoded.items.size(), 3U);
  EXPECT_EQ(decode(encoded.items[2].body).size(), 1U);
  EXPECT_TRUE(remote_write_bodies({kWindowTime, {}}, {}).items.empty());
}

}  // namespace
}  // namespace pmon
