// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "alerts/rule_engine.h"

namespace pmon::alerts::testing {

inline const Labels kP1{{"pid", "1"}};
inline constexpr const char* kA1 = R"({alertname="A", pid="1"})";  // alert A of it

inline std::vector<rules::Group> groups_of(const std::string& yaml) {
  auto groups = rules::load(yaml, "r.yml");
  EXPECT_TRUE(groups) << groups.error().message;
  return groups.value_or(std::vector<rules::Group>());
}

// One group `g` of rules, each a flow mapping: "{alert: A, expr: x > 1}".
inline std::vector<rules::Group> rules_of(const std::vector<std::string>& rules, const std::string& group_keys = "") {
  std::string yaml = "groups:\n- name: g\n" + group_keys + "  rules:\n";
  for (const std::string& rule : rules) yaml += "  - " + rule + "\n";
  return groups_of(yaml);
}

// A store, an engine over it and a clock that goes in seconds.
class Bench {
 public:
  explicit Bench(std::vector<rules::Group> groups, EngineOptions options = {})
      : engine(std::move(groups), std::move(options)) {}

  // A sample that the next tick and those after it carry, until end().
  void set(const std::string& name, const Labels& labels, double value) { values_[{name, labels}] = value; }
  void end(const std::string& name, const Labels& labels) {
    values_.erase({name, labels});
    ended_.emplace_back(name, labels);
  }

  Evaluation tick(double seconds = 1, bool hold = false) {
    now += static_cast<Timestamp>(seconds * 1000);
    store.begin_tick(now);
    for (const auto& [key, value] : values_) {
      auto at = refs_.find(key);
      if (at == refs_.end()) at = refs_.emplace(key, store.open(key.first, key.second)).first;
      store.append(at->second, value);
    }
    for (const auto& key : ended_) {
      if (const auto at = refs_.find(key); at != refs_.end()) {
        store.release(at->second);
        refs_.erase(at);
      }
    }
    ended_.clear();
    return engine.evaluate(store, now, hold);
  }

  std::vector<std::string> firing() const { return texts(engine.firing()); }
  std::vector<std::string> pending() const { return texts(engine.pending()); }
  // The series of a name that have a sample at this tick, with their values.
  std::map<std::string, double> series(const std::string& name) const {
    std::map<std::string, double> found;
    const auto value = promql::evaluate(*promql::Expr::parse(name), store, now);
    for (const auto& sample : std::get<promql::Vector>(*value)) found[sample.labels.text()] = sample.value;
    return found;
  }

  SeriesStore store;
  RuleEngine engine;
  Timestamp now = 1'000'000;

 private:
  static std::vector<std::string> texts(const std::vector<const ActiveAlert*>& alerts) {
    std::vector<std::string> out;
    for (const ActiveAlert* alert : alerts) out.push_back(alert->labels.text());
    return out;
  }

  using Key = std::pair<std::string, Labels>;
  std::map<Key, double> values_;
  std::map<Key, SeriesStore::Ref> refs_;
  std::vector<Key> ended_;
};

}  // namespace pmon::alerts::testing
