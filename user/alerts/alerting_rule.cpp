// SPDX-License-Identifier: Apache-2.0
#include "alerts/alerting_rule.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerts/engine_memory.h"

namespace pmon::alerts {
namespace {

void resolve(const ActiveAlert& alert, const char* reason, std::vector<ResolvedAlert>& resolved) {
  if (alert.state == ActiveAlert::State::kFiring) resolved.push_back({alert, reason});
}

// Lets `for` and `keep_firing_for` stand still for so many ms.
void hold(ActiveAlert& alert, Timestamp ms) {
  if (alert.state == ActiveAlert::State::kPending) alert.active_since += ms;
  if (alert.keep_firing_since) *alert.keep_firing_since += ms;
}

std::optional<std::uint64_t> ask(const ProcessOf& process_of, const Labels& labels) {
  return process_of ? process_of(labels) : 0;
}

}  // namespace

AlertingRule::AlertingRule(const rules::Rule& rule, Labels external_labels, std::string external_url)
    : name_(rule.alert),
      for_ms_(rule.for_ms),
      keep_firing_for_ms_(rule.keep_firing_for_ms),
      labels_(rule.labels),
      texts_(std::make_shared<AlertTexts>(rule.annotations, std::move(external_labels), std::move(external_url))) {}

Labels AlertingRule::labels_of(const promql::Sample& sample) const {
  Labels labels = sample.labels;
  labels.erase(kNameLabel);
  const rules::TemplateData data{&sample.labels, &texts_->external_labels, texts_->external_url, sample.value};
  for (const rules::TemplatedLabel& label : labels_) labels.set(label.name, label.value.expand_or_error(data));
  labels.set("alertname", name_);
  return labels;
}

Result<AlertingRule::Instances> AlertingRule::candidates(const promql::Vector& results, Timestamp t,
                                                         const ProcessOf& process_of) const {
  Instances found;
  for (const promql::Sample& sample : results) {
    Labels labels = labels_of(sample);
    const std::optional<std::uint64_t> process = ask(process_of, labels);
    if (!process) continue;
    // NOLINTNEXTLINE(misc-const-correctness): it is moved from
    ActiveAlert alert{ActiveAlert::State::kPending, labels, sample.labels, sample.value, t, {}, *process, texts_};
    if (!found.try_emplace(std::move(labels), std::move(alert)).second) {
      return fail(ErrorKind::kFailed, "vector contains metrics with the same labelset after applying alert labels");
    }
  }
  return found;
}

Result<void> AlertingRule::update(const promql::Vector& results, Timestamp t, std::size_t limit,
                                  const ProcessOf& process_of, std::vector<ResolvedAlert>& resolved) {
  if (results.empty() && instances_.empty()) return {};
  Result<Instances> found = candidates(results, t, process_of);
  if (!found) return std::unexpected(found.error());
  const std::vector<Fate> fates = this->fates(*found, t, process_of);
  // As in Prometheus, what is kept firing counts.
  const auto lasting =
      std::ranges::count_if(fates, [](Fate fate) { return fate == Fate::kHeld || fate == Fate::kKept; });
  const std::size_t most = found->size() + static_cast<std::size_t>(lasting);
  if (limit > 0 && most > limit) {
    return fail(ErrorKind::kFailed, fmt::format("exceeded limit of {} with {} alerts", limit, most));
  }
  if (warm_up_ms_) warm_at_ = t + *std::exchange(warm_up_ms_, std::nullopt);
  auto fate = fates.begin();
  for (auto at = instances_.begin(); at != instances_.end(); ++fate) {
    ActiveAlert& alert = at->second;
    switch (*fate) {
      case Fate::kHolds: {
        const auto now = found->find(at->first);
        alert.value = now->second.value;
        alert.sample_labels = std::move(now->second.sample_labels);
        changes_ += alert.keep_firing_since ? 1 : 0;
        alert.keep_firing_since.reset();
        found->erase(now);
        advance(alert, t);
        break;
      }
      case Fate::kHeld: hold(alert, t - *restored_seen_); break;
      case Fate::kKept:
        changes_ += alert.keep_firing_since ? 0 : 1;
        if (!alert.keep_firing_since) alert.keep_firing_since = t;
        break;
      case Fate::kEnded:
      case Fate::kGone:
        resolve(alert, *fate == Fate::kGone ? kExited : kConditionEnded, resolved);
        at = instances_.erase(at);
        ++changes_;
        continue;
    }
    ++at;
  }
  for (auto& [labels, alert] : *found) {
    advance(alert, t);
    instances_.emplace(labels, std::move(alert));
    ++changes_;
  }
  if (restored_seen_) restored_seen_ = t;
  return {};
}

// In the order of the instances.
std::vector<AlertingRule::Fate> AlertingRule::fates(const Instances& found, Timestamp t,
                                                    const ProcessOf& process_of) const {
  const bool warming_up = warms_up(t);
  std::vector<Fate> fates;
  fates.reserve(instances_.size());
  for (const auto& [labels, alert] : instances_) {
    const auto now = found.find(labels);
    const bool holds = now != found.end();
    const bool ended = (holds ? std::optional(now->second.process) : ask(process_of, labels)) != alert.process;
    if (ended) {
      // Where it holds, its pid has another process now.
      fates.push_back(!holds && kept_firing(alert, t) ? Fate::kKept : Fate::kGone);
    } else if (holds) {
      fates.push_back(Fate::kHolds);
    } else if (alert.restored && warming_up) {
      fates.push_back(Fate::kHeld);
    } else {
      fates.push_back(kept_firing(alert, t) ? Fate::kKept : Fate::kEnded);
    }
  }
  return fates;
}

bool AlertingRule::warms_up(Timestamp t) const { return warm_up_ms_ ? *warm_up_ms_ > 0 : warm_at_ && t < *warm_at_; }

bool AlertingRule::kept_firing(const ActiveAlert& alert, Timestamp t) const {
  return alert.state == ActiveAlert::State::kFiring && keep_firing_for_ms_ > 0 &&
         t - alert.keep_firing_since.value_or(t) < keep_firing_for_ms_;
}

void AlertingRule::advance(ActiveAlert& alert, Timestamp t) {
  if (alert.state != ActiveAlert::State::kPending || t - alert.active_since < for_ms_) return;
  alert.state = ActiveAlert::State::kFiring;
  ++changes_;
}

void AlertingRule::adopt(AlertingRule&& other) {
  instances_ = std::move(other.instances_);
  for (auto& [labels, alert] : instances_) alert.texts = texts_;
  warm_up_ms_ = other.warm_up_ms_;
  warm_at_ = other.warm_at_;
  restored_seen_ = other.restored_seen_;
}

void AlertingRule::resume(Timestamp now, Timestamp lost, Timestamp warm_up) {
  if (instances_.empty()) return;
  if (lost > kOutageTolerance) {
    changes_ +=
        std::erase_if(instances_, [](const auto& one) { return one.second.state == ActiveAlert::State::kPending; });
  }
  for (auto& [labels, alert] : instances_) {
    alert.restored = true;
    hold(alert, lost);
  }
  warm_up_ms_ = warm_up;
  restored_seen_ = now;
}

void AlertingRule::restore(std::vector<ActiveAlert> alerts, Timestamp now, Timestamp warm_up) {
  for (ActiveAlert& alert : alerts) {
    alert.texts = texts_;
    alert.restored = true;
    Labels labels = alert.labels;
    instances_.insert_or_assign(std::move(labels), std::move(alert));
  }
  warm_up_ms_ = warm_up;
  restored_seen_ = now;
}

}  // namespace pmon::alerts
