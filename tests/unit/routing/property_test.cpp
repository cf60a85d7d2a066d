// SPDX-License-Identifier: Apache-2.0
// Random histories of engine and router: whatever happens, the notices of each alert to each receiver are
// (fire repeat* resolve)*.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "../alerts/support.h"
#include "routing/router.h"
#include "support.h"

namespace pmon::routing {
namespace {

using alerts::ActiveAlert;
using alerts::testing::rules_of;

// A step is one process's next move. Sanitizers take twenty times as long.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kSteps = 60'000;
#else
constexpr std::size_t kSteps = 1'200'000;
#endif
constexpr std::size_t kProcesses = 3;
constexpr std::size_t kTicksOfOneEngine = 2'000;
constexpr Timestamp kMinute = 60'000;

std::uint64_t seed() {
  const char* given = std::getenv("PMON_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20260711;
}

std::vector<std::vector<rules::Group>> rule_sets() {
  const std::vector<std::vector<std::string>> sets = {
      {"{alert: OomRisk, expr: pmon_process_x > 2}", "{alert: HeapLeak, expr: pmon_process_x > 0, for: 2s}",
       "{alert: HeapGrowth, expr: pmon_process_x > 1, keep_firing_for: 3s}"},
      {"{alert: HeapLeak, expr: pmon_process_x > 0, for: 2s}", "{alert: HeapLeak, expr: pmon_process_x > 1}"},
      {"{alert: OomRisk, expr: pmon_process_x > 1}", "{alert: HeapGrowth, expr: pmon_process_x > 1, for: 1s}"}};
  std::vector<std::vector<rules::Group>> loaded;
  for (const auto& set : sets) loaded.push_back(rules_of(set));
  return loaded;
}

// All of them lead every alert to the receiver `all`, whatever else they do, so that what it was told goes on from
// one to the other. A receiver `some` comes and goes.
std::vector<Config> configs() {
  Config all = default_config();
  all.route.receiver = "all";
  all.route.repeat_interval_ms = 20'000;
  const auto with_routes = [](const std::string& root, const std::string& rest) {
    return testing::config_of("route: {receiver: all, " + root + "}\nreceivers: [{name: all}, {name: some}]\n" + rest);
  };
  const std::string muted =
      "time_intervals: [{name: odd, time_intervals: [{times: [{start_time: '00:01', end_time: "
      "'00:03'}, {start_time: '00:05', end_time: '00:09'}]}]}]\n";
  return {
      all,
      with_routes("group_by: [alertname], group_wait: 3s, group_interval: 5s, repeat_interval: 20s",
                  "inhibit_rules: [{source_matchers: [alertname=OomRisk], target_matchers: [alertname=HeapLeak]}]"),
      // Two routes to one receiver, and one to another.
      with_routes("group_by: [pid], group_wait: 0s, group_interval: 7s, repeat_interval: 30s, routes: ["
                  "{matchers: ['pid=~\"1|2\"'], continue: true, group_by: ['...']}, "
                  "{matchers: [alertname=HeapLeak], continue: true, receiver: some},"
                  "{group_wait: 2s}]",
                  "inhibit_rules: []"),
      with_routes("group_interval: 1s, repeat_interval: 10s, group_wait: 1s, routes: ["
                  "{matchers: ['pid=~\"1|2\"'], mute_time_intervals: [odd], continue: true},"
                  "{matchers: [pid=2], active_time_intervals: [odd], receiver: some, continue: true},"
                  "{group_by: [alertname]}]",
                  muted),
  };
}

// Checks the notices of each alert to each receiver as they come.
class Judge {
 public:
  void hear(const Notification& told) {
    ASSERT_FALSE(told.alerts.empty());
    for (const AlertNotice& notice : told.alerts) hear(told.receiver, notice);
  }
  // Whatever was told and is not firing any more must have been resolved, unless it still waits to be.
  void compare(const std::vector<const ActiveAlert*>& firing, const RouterMemory& memory) const {
    std::set<Labels> open;
    for (const ActiveAlert* alert : firing) open.insert(alert->labels);
    for (const RouterMemory::Told& told : memory.told) open.insert(told.labels);
    for (const auto& [who, time] : last_) ASSERT_TRUE(open.contains(who.second)) << "left open: " << who.second.text();
    ASSERT_EQ(memory.told.size(), last_.size());
  }
  // A receiver that is not led to any more hears no end of what it was told.
  void forget_but(const RouterMemory& memory) {
    std::set<Who> known;
    for (const RouterMemory::Told& told : memory.told) known.emplace(told.receiver, told.labels);
    std::erase_if(last_, [&](const auto& one) { return one.first.first == "some" && !known.contains(one.first); });
  }

 private:
  using Who = std::pair<std::string, Labels>;

  void hear(const std::string& receiver, const AlertNotice& notice) {
    const Who who(receiver, notice.labels);
    const auto told = last_.find(who);
    if (notice.reason == "fired") {
      ASSERT_EQ(told, last_.end()) << "fired twice: " << notice.labels.text();
      last_[who] = notice.time;
    } else if (notice.reason == "repeat") {
      ASSERT_NE(told, last_.end()) << "repeated before it fired: " << notice.labels.text();
      ASSERT_GT(notice.time, told->second) << "told twice at once";
      told->second = notice.time;
    } else {
      ASSERT_TRUE(notice.reason == "condition_ended" || notice.reason == "exited" || notice.reason == "rule_removed");
      ASSERT_EQ(notice.state, AlertNotice::State::kResolved);
      ASSERT_NE(told, last_.end()) << "resolved without having fired: " << notice.labels.text();
      last_.erase(told);
    }
  }

  std::map<Who, Timestamp> last_;
};

// Pids whose processes come, change, end and are born again.
class World {
 public:
  explicit World(std::mt19937_64& random) : random_(random) {
    for (std::size_t i = 1; i <= kProcesses; ++i) slots_.push_back({Labels{{"pid", std::to_string(i)}}, {}, 0});
  }

  alerts::ProcessOf lookup() {
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

// One router's life beside an engine: what is silenced, muted and reloaded is up to chance.
class History {
 public:
  explicit History(std::mt19937_64& random)
      : random_(random),
        world_(random),
        engine_(pick(kRules), {.process_of = world_.lookup()}),
        router_(pick(kConfigs)),
        now_(1'700'000'000'000 / (24 * 60 * kMinute) * 24 * 60 * kMinute) {}  // midnight, for the mute times

  void run(std::map<std::string, std::size_t>& seen) {
    for (std::size_t tick = 0; tick < kTicksOfOneEngine; ++tick) {
      step(seen);
      if (::testing::Test::HasFatalFailure()) return;
      if (tick % 64 == 0) store_.forget_before(now_ - 400'000);
    }
  }

 private:
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }
  bool one_in(std::uint64_t n) { return random_() % n == 0; }

  void step(std::map<std::string, std::size_t>& seen) {
    now_ += 500 + static_cast<Timestamp>(random_() % 1000);
    store_.begin_tick(now_);
    world_.write(store_);
    if (one_in(200)) engine_.replace_rules(pick(kRules));
    if (one_in(30)) silenced_pid_ = std::to_string(random_() % 6);
    if (one_in(150)) {
      router_.replace_config(pick(kConfigs));
      judge_.forget_but(router_.save());
    }
    if (one_in(100)) restart();
    const alerts::Evaluation evaluation = engine_.evaluate(store_, now_, one_in(50));
    const auto firing = engine_.firing();
    const auto silenced = [this](const Labels& labels) { return labels.get("pid") == silenced_pid_; };
    for (const Notification& told : router_.update(firing, evaluation.resolved, {now_, now_}, silenced)) {
      judge_.hear(told);
      for (const AlertNotice& notice : told.alerts) ++seen[notice.reason];
    }
    judge_.compare(firing, router_.save());
  }

  // As after a crash: another router goes on from what the old one knew.
  void restart() {
    const RouterMemory memory = router_.save();
    Config config = router_.config();
    router_ = Router(std::move(config));
    router_.restore(memory);
  }

  static const inline std::vector<std::vector<rules::Group>> kRules = rule_sets();
  static const inline std::vector<Config> kConfigs = configs();

  std::mt19937_64& random_;
  World world_;
  SeriesStore store_;
  alerts::RuleEngine engine_;
  Router router_;
  Judge judge_;
  Timestamp now_;
  std::string silenced_pid_;
};

TEST(RouterProperty, NoticesOfEachAlertToEachReceiverAreFireRepeatsResolve) {
  std::printf("seed %llu (set PMON_TEST_SEED to repeat another)\n", static_cast<unsigned long long>(seed()));
  std::mt19937_64 random(seed());
  std::map<std::string, std::size_t> seen;
  for (std::size_t steps = 0; steps < kSteps; steps += kTicksOfOneEngine * kProcesses) {
    History(random).run(seen);
    if (HasFatalFailure()) FAIL() << "after step " << steps;
  }
  for (const char* reason : {"fired", "repeat", "condition_ended", "exited", "rule_removed"}) {
    EXPECT_GT(seen[reason], 20u) << reason << " was hardly tried";
  }
}

}  // namespace
}  // namespace pmon::routing
