// SPDX-License-Identifier: Apache-2.0
#include "recording/snapshot_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "recording/value_codec.h"
#include "samples.h"

namespace pmon::recording {
namespace {

std::vector<std::optional<Metric>> all_metrics() {
  std::vector<std::optional<Metric>> metrics;
  for (const MetricInfo& row : metric_table()) metrics.emplace_back(row.metric);
  return metrics;
}

std::string encoded(SnapshotEncoder& encoder, int n, const Snapshot& snapshot, bool key) {
  std::string payload;
  encoder.encode(tick_at(n), snapshot, key, payload);
  return payload;
}

TEST(WireTest, NumbersRoundTripAndBadOnesFail) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, UINT64_MAX}) {
    std::string bytes;
    WireWriter(bytes).varint(value);
    WireReader reader(bytes);
    EXPECT_EQ(reader.varint(), value);
    EXPECT_TRUE(reader.ok() && reader.at_end());
    WireReader cut(std::string_view(bytes).substr(0, bytes.size() - 1));
    EXPECT_EQ(cut.varint(), 0U);
    EXPECT_FALSE(cut.ok());
  }
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(unzigzag(zigzag(value)), value);
  }
  WireReader too_large("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  too_large.varint();
  EXPECT_FALSE(too_large.ok());
  WireReader long_text("\x05four");
  EXPECT_EQ(long_text.text(), "");
  EXPECT_FALSE(long_text.ok());
}

TEST(ValueCodecTest, EveryValueComesBackToTheBit) {
  const double values[] = {0,
                           -0.0,
                           1,
                           -1,
                           4096,
                           8192 * 1e6,
                           0.01,
                           123456.789012345,
                           0.1,
                           1e-9,
                           5e-324,
                           1e300,
                           0x1p53,
                           0x1p59,
                           0x1p60,
                           -0x1p62,
                           1.0 / 3,
                           17.000000001,
                           std::numeric_limits<double>::infinity(),
                           std::nan("7")};
  for (const double before : values) {
    for (const double now : values) {
      std::string bytes;
      WireWriter writer(bytes);
      encode_value(now, before, writer);
      encode_value(now, std::nullopt, writer);
      WireReader reader(bytes);
      EXPECT_EQ(std::bit_cast<std::uint64_t>(decode_value(before, reader)), std::bit_cast<std::uint64_t>(now));
      EXPECT_EQ(std::bit_cast<std::uint64_t>(decode_value(std::nullopt, reader)), std::bit_cast<std::uint64_t>(now));
      EXPECT_TRUE(reader.ok() && reader.at_end()) << before << " " << now;
    }
  }
}

TEST(ValueCodecTest, SmallStepsAreShort) {
  const auto size = [](double before, double now) {
    std::string bytes;
    WireWriter writer(bytes);
    encode_value(now, before, writer);
    return bytes.size();
  };
  EXPECT_EQ(size(1e9, 1e9 + 7), 1U);
  EXPECT_EQ(size(4096e6, 4096e6 + 8192), 1U) << "two pages";
  EXPECT_LE(size(123.456789012, 123.466789012), 4U) << "ten milliseconds of CPU";
}

TEST(SnapshotCodecTest, RandomHostsRoundTrip) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    RandomHost host(seed);
    SnapshotEncoder encoder;
    SnapshotDecoder decoder(all_metrics());
    for (int n = 0; n < 60; ++n) {
      const Snapshot snapshot = host.snapshot(n);
      const bool key = n % 17 == 0;
      Tick tick;
      Snapshot back;
      ASSERT_EQ(decoder.decode(encoded(encoder, n, snapshot, key), key, tick, back), "") << seed << " " << n;
      ASSERT_EQ(text_of(back), text_of(snapshot)) << seed << " " << n;
      EXPECT_EQ(tick.now, tick_at(n).now);
      EXPECT_EQ(tick.wall, tick_at(n).wall);
      EXPECT_EQ(tick.boottime_ns, tick_at(n).boottime_ns);
    }
  }
}

// The order in which the eBPF collector names them: the ended ahead, then the living by slot.
TEST(SnapshotCodecTest, AHostAtRestCostsAFewBytes) {
  Snapshot snapshot;
  for (int pid = 1; pid <= 1000; ++pid) {
    ProcessSample& process = snapshot.processes.emplace_back();
    process.key = {pid, static_cast<std::uint64_t>(pid) * 3};
    process.comm = "idle";
    for (const MetricInfo& row : metric_table()) process.metrics.set(row.metric, pid * 1.5);
  }
  SnapshotEncoder encoder;
  encoded(encoder, 0, snapshot, true);
  snapshot.time += 1000;
  EXPECT_LT(encoded(encoder, 1, snapshot, false).size(), 32U);
  ProcessSample ended = snapshot.processes[500];
  ended.exit.emplace();
  snapshot.processes.erase(snapshot.processes.begin() + 500);
  snapshot.processes.insert(snapshot.processes.begin(), ended);
  EXPECT_LT(encoded(encoder, 2, snapshot, false).size(), 48U);
  snapshot.processes.erase(snapshot.processes.begin());
  EXPECT_LT(encoded(encoder, 3, snapshot, false).size(), 32U);
}

TEST(SnapshotCodecTest, MetricsThatAreNotKnownHereAreLeftOut) {
  Snapshot snapshot;
  ProcessSample& process = snapshot.processes.emplace_back();
  process.key = {7, 70};
  for (const MetricInfo& row : metric_table()) process.metrics.set(row.metric, 0.3);
  SnapshotEncoder encoder;
  auto columns = all_metrics();
  columns[0].reset();
  SnapshotDecoder decoder(columns);
  Tick tick;
  Snapshot back;
  ASSERT_EQ(decoder.decode(encoded(encoder, 0, snapshot, true), true, tick, back), "");
  process.metrics.set(static_cast<Metric>(0), 9);
  process.metrics.set(static_cast<Metric>(1), 10);
  ASSERT_EQ(decoder.decode(encoded(encoder, 1, snapshot, false), false, tick, back), "");
  ASSERT_EQ(back.processes.size(), 1U);
  EXPECT_FALSE(back.processes[0].metrics.has(static_cast<Metric>(0)));
  EXPECT_EQ(back.processes[0].metrics.get(static_cast<Metric>(1)), 10);
  EXPECT_EQ(back.processes[0].metrics.get(static_cast<Metric>(2)), 0.3);
}

TEST(SnapshotCodecTest, EveryCutAndEveryFlippedBitIsAMessageOrASnapshot) {
  RandomHost host(3);
  SnapshotEncoder encoder;
  const std::string key = encoded(encoder, 0, host.snapshot(0), true);
  const std::string delta = encoded(encoder, 1, host.snapshot(1), false);
  Tick tick;
  Snapshot back;
  const auto decode = [&](const std::string& changed) {
    SnapshotDecoder decoder(all_metrics());
    EXPECT_EQ(decoder.decode(key, true, tick, back), "");
    return decoder.decode(changed, false, tick, back);
  };
  for (std::size_t size = 0; size < delta.size(); ++size) EXPECT_NE(decode(delta.substr(0, size)), "");
  EXPECT_NE(decode(delta + '\0'), "");
  for (std::size_t bit = 0; bit < delta.size() * 8; ++bit) {
    std::string changed = delta;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    (void)decode(changed);  // the sanitizers watch
  }
  SnapshotDecoder fresh(all_metrics());
  EXPECT_NE(fresh.decode(delta, false, tick, back), "") << "no key frame came before";
}

}  // namespace
}  // namespace pmon::recording
