// SPDX-License-Identifier: Apache-2.0
// The default rules under real ticks: some milliseconds early or late, and at other intervals than a second.
// What each rule is about is in tests/rules.
#include <cmath>
#include <functional>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "../alerts/support.h"
#include "routing/router.h"

namespace pmon::routing {
namespace {

using alerts::testing::Bench;

const Labels kApp{{"pid", "7"}, {"comm", "app"}};

struct Heard {
  double seconds;
  std::string alert;
  std::string reason;
};

// Runs the default rules over a process for a while; `sample` sets what it has at a time in seconds.
std::vector<Heard> run(double interval, double jitter, double duration,
                       const std::function<void(Bench&, double)>& sample) {
  Bench bench(alerts::testing::groups_of(std::string(rules::default_rules_text())));
  Router router;
  std::mt19937 random(7);
  std::uniform_real_distribution<double> off(-jitter, jitter);
  std::vector<Heard> heard;
  const Timestamp start = bench.now;
  for (int tick = 1; interval * tick < duration; ++tick) {
    const double due = interval * tick;
    const double now = static_cast<double>(bench.now - start) / 1000;
    const double next = std::round((due + off(random)) * 1000) / 1000;
    sample(bench, next);
    const alerts::Evaluation evaluation = bench.tick(next - now);
    for (const Notification& told : router.update(bench.engine.firing(), evaluation.resolved, {bench.now, bench.now})) {
      for (const AlertNotice& notice : told.alerts) {
        heard.push_back({next, std::string(notice.labels.get("alertname")), notice.reason});
      }
    }
  }
  return heard;
}

std::optional<double> first(const std::vector<Heard>& heard, const std::string& alert) {
  for (const Heard& one : heard) {
    if (one.alert == alert) return one.seconds;
  }
  return std::nullopt;
}

struct Ticks {
  double interval;
  double jitter;
};

class DefaultRules : public ::testing::TestWithParam<Ticks> {
 protected:
  std::vector<Heard> run(double duration, const std::function<void(Bench&, double)>& sample) const {
    return routing::run(GetParam().interval, GetParam().jitter, duration, sample);
  }
};

TEST_P(DefaultRules, CallABurningCoreAfterAMinute) {
  const auto heard = run(100, [](Bench& bench, double t) {
    bench.set("pmon_process_cpu_seconds_total", kApp, 1000 + std::max(0.0, t - 20));
  });
  ASSERT_TRUE(first(heard, "CpuBurn"));
  EXPECT_GE(*first(heard, "CpuBurn"), 80 - 0.1);
  EXPECT_LE(*first(heard, "CpuBurn"), 82 + GetParam().interval);
  EXPECT_EQ(heard.size(), 1u);
}

TEST_P(DefaultRules, CallALeakWithinTwoMinutes) {
  for (const double rate : {4e6, 200e6 * 0.05 / 60}) {
    const auto heard = run(150, [rate](Bench& bench, double t) {
      bench.set("pmon_process_anon_bytes", kApp, std::floor((200e6 + rate * t) / 4096) * 4096);
      bench.set("pmon_process_swap_bytes", kApp, 0);
    });
    ASSERT_TRUE(first(heard, "HeapLeak")) << rate;
    EXPECT_LE(*first(heard, "HeapLeak"), 115) << rate;
    EXPECT_EQ(heard.size(), 1u) << heard.back().alert;
  }
}

TEST_P(DefaultRules, LeaveASawToothAlone) {
  for (const double period : {3.0, 7.7, 13.0, 19.3, 20.0}) {
    const auto heard = run(400, [period](Bench& bench, double t) {
      bench.set("pmon_process_anon_bytes", kApp, 200e6 + 300e6 * std::fmod(t, period) / period);
      bench.set("pmon_process_swap_bytes", kApp, 0);
      bench.set("pmon_process_shmem_bytes", kApp, 0);
      bench.set("pmon_process_memory_limit_bytes", kApp, 1e9);
    });
    EXPECT_TRUE(heard.empty()) << period << ": " << heard[0].alert << " at " << heard[0].seconds;
  }
}

TEST_P(DefaultRules, SpeakOfTheRiskAndNotOfTheLeakBehindIt) {
  const auto heard = run(200, [](Bench& bench, double t) {
    bench.set("pmon_process_anon_bytes", kApp, 300e6 + 3e6 * t);
    bench.set("pmon_process_swap_bytes", kApp, 0);
    bench.set("pmon_process_shmem_bytes", kApp, 0);
    bench.set("pmon_process_memory_limit_bytes", kApp, 1e9);
  });
  ASSERT_FALSE(heard.empty());
  EXPECT_LE(heard[0].seconds, 75);
  for (const Heard& one : heard) EXPECT_EQ(one.alert, "OomRisk") << one.seconds;
}

INSTANTIATE_TEST_SUITE_P(Ticks, DefaultRules,
                         ::testing::Values(Ticks{1, 0}, Ticks{1, 0.02}, Ticks{0.2, 0.01}, Ticks{2, 0.05}),
                         [](const auto& ticks) {
                           return std::to_string(std::lround(ticks.param.interval * 1000)) + "ms_jitter" +
                                  std::to_string(std::lround(ticks.param.jitter * 1000));
                         });

TEST(DefaultRulesHeapGrowth, IsCalledAtTheFifthSampleWhateverTheJitter) {
  const auto heard = run(1, 0.05, 40, [](Bench& bench, double t) {
    const double grown = std::max(0.0, std::round(t) - 20);
    const double bytes = 64e6 * std::pow(1.2, std::min(grown, 12.0));
    bench.set("pmon_process_heap_bytes", kApp, bytes);
    bench.set("pmon_process_anon_bytes", kApp, bytes);
  });
  ASSERT_TRUE(first(heard, "HeapGrowth"));
  EXPECT_NEAR(*first(heard, "HeapGrowth"), 25, 0.2);
}

}  // namespace
}  // namespace pmon::routing
