// SPDX-License-Identifier: Apache-2.0
#include "monitor/pipeline.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

#include "monitor/evidence.h"
#include "monitor/self_metrics.h"

namespace pmon::monitor {

namespace {

// Measures how long a step took for the monitor's own metrics; nothing is decided by it.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

Pipeline::Pipeline(Timestamp interval_ms, std::size_t max_series, Parts parts, const Clock& clock)
    : clock_(clock),
      collector_(std::move(parts.collector)),
      targets_(std::move(parts.targets)),
      rules_(parts.rules, interval_ms, [&clock] { return clock.now().boottime_ns; }),
      limiter_(max_series),
      state_(std::move(parts.state)),
      usage_(std::move(parts.usage)),
      notices_(std::move(parts.notices)) {
  add(rules_.limitations(collector_->capabilities()));
  if (parts.alerting) rules_.route_by(std::move(*parts.alerting));
  if (state_) add(state_->begin(clock.now(), rules_));
}

void Pipeline::add(std::vector<Notice> notices) { std::ranges::move(notices, std::back_inserter(notices_)); }

void Pipeline::notice(Notice::Level level, std::string code, std::string text) {
  notices_.push_back({level, std::move(code), std::move(text)});
}

void Pipeline::replace_rules(std::vector<rules::Group> rules) {
  rules_.replace_rules(std::move(rules));
  add(rules_.limitations(collector_->capabilities()));
}

bool Pipeline::collect(const Tick& tick) {
  const Stopwatch watch;
  const auto collected = collector_->collect(tick, snapshot_);
  collect_seconds_ = watch.seconds();
  if (collected) {
    losses_ = snapshot_.losses;
    return true;
  }
  ++collect_errors_;
  notice(Notice::Level::kError, "collect_failed", collected.error().text());
  chosen_.clear();
  snapshot_.processes.clear();
  snapshot_.events.clear();
  return false;
}

void Pipeline::choose_targets() {
  const std::vector<TargetNumber>& numbers = targets_.update(snapshot_);
  chosen_.clear();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != 0) chosen_.push_back(&snapshot_.processes[i]);
  }
  up_.clear();
  for (const DeclaredTarget& target : targets_.declared()) {
    if (target.expected) up_.push_back({{{"target", target.label}}, target.up});
    if (target.expected || target.seen || !unseen_.insert(target.label).second) continue;
    notice(Notice::Level::kWarning, "target_unseen",
           target.label +
               " lives, but is not among the processes that the kernel tells of: it is watched as soon as "
               "it is (is there another warning? 'pmon doctor' tells what this host allows)");
  }
  if (targets_.changed()) collector_->watch(targets_.to_watch(snapshot_));
}

// The engine's time is even; people read the clock on the wall.
void Pipeline::show_wall_times(const Tick& tick, std::vector<Notification>& notifications) const {
  const Timestamp shift = tick.wall - tick.now;
  for (Notification& notification : notifications) {
    for (AlertNotice& alert : notification.alerts) {
      alert.time += shift;
      alert.active_since += shift;
    }
  }
}

Pipeline::Look Pipeline::look() {
  Look look{.tick = clock_.now()};
  last_ = look.tick;
  look.seen = collect(look.tick);
  if (look.seen) {
    choose_targets();
    groups_.update(chosen_);
    limiter_.observe(chosen_);
  }
  add(std::exchange(snapshot_.notices, {}));
  if (state_) add(state_->refresh_silences());
  RuleOutput rules = rules_.run({.time = look.tick.now,
                                 .wall = look.tick.wall,
                                 .processes = chosen_,
                                 .targets = up_,
                                 .groups = groups_.rows(),
                                 .losses = losses_,
                                 .collect_errors = collect_errors_,
                                 .blind = !look.seen,
                                 .silenced = state_ ? state_->silenced(look.tick) : routing::Silenced()});
  add(std::move(rules.notices));
  look.notices = std::exchange(notices_, {});
  look.notifications = std::move(rules.notifications);
  show_wall_times(look.tick, look.notifications);
  return look;
}

void Pipeline::told(const Look& look) {
  if (state_) add(state_->after_tick(look.tick, rules_, !look.notifications.empty()));
}

std::vector<Notice> Pipeline::finish() { return state_ ? state_->finish(clock_.now(), rules_) : std::vector<Notice>(); }

std::vector<Notification> Pipeline::standing() const {
  std::map<Labels, const alerts::ActiveAlert*> firing;
  for (const alerts::ActiveAlert* alert : rules_.firing_alerts()) firing.emplace(alert->labels, alert);
  std::vector<Notification> standing;
  for (const routing::RouterMemory::Told& told : rules_.save().router.told) {
    const auto found = firing.find(told.labels);
    if (told.ended || found == firing.end()) continue;
    const alerts::ActiveAlert& alert = *found->second;
    AlertNotice notice;
    notice.reason = "repeat";
    notice.time = last_.wall;
    notice.active_since = alert.active_since + last_.wall - last_.now;
    notice.value = alert.value;
    notice.labels = alert.labels;
    notice.annotations = alert.annotations();
    standing.push_back({told.receiver, told.group_key, {}, notice.labels, notice.annotations, {notice}});
  }
  return standing;
}

Evidence Pipeline::evidence(const AlertNotice& alert) const {
  Evidence evidence = evidence_of(rules_.store(), alert.labels);
  const std::optional<std::int32_t> pid = pid_of(alert.labels);
  if (!pid) return evidence;
  const auto process =
      std::ranges::find_if(chosen_, [&](const ProcessSample* candidate) { return candidate->key.pid == *pid; });
  if (process == chosen_.end()) return evidence;
  if (evidence.empty()) evidence.emplace_back();
  evidence.back() = {alert.time, (*process)->metrics};
  return evidence;
}

std::vector<exposition::Family> Pipeline::families() {
  // Targets that were declared have series of their own whatever the limit, and so has a process with an alert.
  const SelectedProcesses selected =
      limiter_.select(chosen_, [this](const ProcessSample& process) { return rules_.alerting(process); });
  std::vector<exposition::Family> families = process_families(selected, up_);
  std::ranges::move(group_families(groups_.rows()), std::back_inserter(families));
  return families;
}

SelfMetrics Pipeline::self() const {
  SelfMetrics self = self_metrics(*collector_, usage_());
  self.collect_seconds = collect_seconds_;
  for (alerts::RuleCost& cost : rules_.costs()) {
    const double seconds = static_cast<double>(cost.last_ns) / 1e9;
    self.rule_times.push_back({std::move(cost.group), std::move(cost.rule), seconds});
  }
  self.losses = losses_;
  self.collect_errors = collect_errors_;
  return self;
}

}  // namespace pmon::monitor
