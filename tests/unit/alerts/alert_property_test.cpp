// SPDX-License-Identifier: Apache-2.0
// Random histories of engine and pipeline: whatever happens, the notices of each alert are (fire repeat* resolve)*.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "alerts/alert_pipeline.h"
#include "support.h"

namespace pmon::alerts {
namespace {

using testing::rules_of;

// A step is one process's next move. Sanitizers take twenty times as long.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kSteps = 100'000;
#else
constexpr std::size_t kSteps = 1'000'000;
#endif
constexpr std::size_t kProcesses = 3;
constexpr std::size_t kTicksOfOneEngine = 2'000;
constexpr Timestamp kRepeat = 20'000;

std::uint64_t seed() {
  const char* given = std::getenv("PMON_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20260711;
}

const std::vector<std::vector<std::string>>& rule_sets() {
  static const std::vector<std::vector<std::string>> sets = {
      {"{alert: OomRisk, expr: pmon_process_x > 2}", "{alert: HeapLeak, expr: pmon_process_x > 0, for: 2s}",
       "{alert: HeapGrowth, expr: pmon_process_x > 1, keep_firing_for: 3s}"},
      {"{alert: HeapLeak, expr: pmon_process_x > 0, for: 2s}", "{alert: HeapLeak, expr: pmon_process_x > 1}"},
      {"{alert: OomRisk, expr: pmon_process_x > 1}", "{alert: HeapGrowth, expr: pmon_process_x > 1, for: 1s}"}};
  return sets;
}

// Checks the notices of one alert as they come.
class Judge {
 public:
  void hear(const AlertNotice& notice) {
    ++notices_;
    const auto told = last_.find(notice.labels);
    if (notice.reason == "fired") {
      ASSERT_EQ(told, last_.end()) << "fired twice: " << notice.labels.text();
      last_[notice.labels] = notice.time;
    } else if (notice.reason == "repeat") {
      ASSERT_NE(told, last_.end()) << "repeated before it fired: " << notice.labels.text();
      ASSERT_GE(notice.time - told->second, kRepeat) << "repeated too soon";
      told->second = notice.time;
    } else {
      ASSERT_TRUE(notice.reason == "condition_ended" || notice.reason == "exited" || notice.reason == "rule_removed");
      ASSERT_EQ(notice.state, AlertNotice::State::kResolved);
      ASSERT_NE(told, last_.end()) << "resolved without having fired: " << notice.labels.text();
      last_.erase(told);
    }
  }
  // Whatever was told and is not firing any more must have been resolved.
  void compare(const std::vector<const ActiveAlert*>& firing) const {
    std::set<Labels> now;
    for (const ActiveAlert* alert : firing) now.insert(alert->labels);
    for (const auto& [labels, time] : last_) ASSERT_TRUE(now.contains(labels)) << "left open: " << labels.text();
  }
  std::size_t notices() const { return notices_; }

 private:
  std::map<Labels, Timestamp> last_;
  std::size_t notices_ = 0;
};

// Pids whose processes come, change, end and are born again.
class World {
 public:
  explicit World(std::mt19937_64& random) : random_(random) {
    for (std::size_t i = 1; i <= kProcesses; ++i) slots_.push_back({Labels{{"pid", std::to_string(i)}}, {}, 0});
  }

  ProcessOf lookup() {
    return [this](const Labels& labels) -> std::optional<std::uint64_t> {
      for (const Slot& slot : slots_) {
        if (slot.labels.get("pid") == labels.get("pid") && slot.start != 0) return slot.start;
      }
      return std::nullopt;
    };
  }

  void write(SeriesStore& store) {
    for (Slot& slot : slots_) {
      const std::uint64_t dice = random_() % 20;
      if (slot.start == 0 && dice < 5) slot.start = ++births_;
      if (slot.start != 0 && dice == 19) slot.start = ++births_;  // ended, and its pid is used again at once
      if (slot.start != 0 && dice == 18) slot.start = 0;
      if (slot.start == 0) {
        if (slot.ref) store.release(*slot.ref);
        slot.ref.reset();
        continue;
      }
      if (!slot.ref) slot.ref = store.open("pmon_process_x", slot.labels);
      if (dice < 8) slot.value = static_cast<double>(random_() % 4);
      store.append(*slot.ref, slot.value);
    }
  }

 private:
  struct Slot {
    Labels labels;
    std::optional<SeriesStore::Ref> ref;
    std::uint64_t start;  // 0: no process
    double value = 0;
  };
  std::mt19937_64& random_;
  std::vector<Slot> slots_;
  std::uint64_t births_ = 0;
};

TEST(AlertProperty, NoticesOfEachAlertAreFireRepeatsResolve) {
  std::printf("seed %llu (set PMON_TEST_SEED to repeat another)\n", static_cast<unsigned long long>(seed()));
  std::mt19937_64 random(seed());
  std::vector<std::vector<rules::Group>> sets;
  for (const auto& set : rule_sets()) sets.push_back(rules_of(set));
  std::size_t steps = 0;
  std::map<std::string, std::size_t> seen;
  while (steps < kSteps) {
    World world(random);
    SeriesStore store;
    RuleEngine engine(sets[random() % sets.size()], {.process_of = world.lookup()});
    AlertPipeline pipeline({.repeat_interval_ms = kRepeat});
    Judge judge;
    Timestamp now = 0;
    for (std::size_t tick = 0; tick < kTicksOfOneEngine; ++tick, steps += kProcesses) {
      now += 500 + static_cast<Timestamp>(random() % 1000);
      store.begin_tick(now);
      world.write(store);
      if (random() % 200 == 0) engine.replace_rules(sets[random() % sets.size()]);
      const Evaluation evaluation = engine.evaluate(store, now, random() % 50 == 0);
      const auto firing = engine.firing();
      for (const AlertNotice& notice : pipeline.update(firing, evaluation.resolved, now)) {
        judge.hear(notice);
        ++seen[notice.reason];
      }
      judge.compare(firing);
      if (HasFatalFailure()) FAIL() << "at step " << steps;
      if (tick % 64 == 0) store.forget_before(now - 400'000);
    }
  }
  for (const char* reason : {"fired", "repeat", "condition_ended", "exited", "rule_removed"}) {
    EXPECT_GT(seen[reason], 20u) << reason << " was hardly tried";
  }
}

}  // namespace
}  // namespace pmon::alerts
