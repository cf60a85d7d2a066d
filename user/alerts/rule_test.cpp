// SPDX-License-Identifier: Apache-2.0
#include "alerts/rule_test.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "alerts/rule_engine.h"
#include "alerts/rule_test_text.h"
#include "series/series_store.h"

namespace pmon::alerts {
namespace {

constexpr Timestamp kNever = std::numeric_limits<Timestamp>::max();

// Feeds a test's input into a store, tick by tick.
class Feeder {
 public:
  explicit Feeder(const RuleTest& test) : test_(test), refs_(test.inputs.size()) {}

  // The samples of time t, where it is a time of the input.
  void feed(SeriesStore& store, Timestamp t) {
    if (test_.interval_ms == 0) return feed_at_once(store);
    if (t % test_.interval_ms != 0) return;
    const auto step = static_cast<std::size_t>(t / test_.interval_ms);
    for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
      const RuleTest::Input& input = test_.inputs[i];
      if (step < input.values.size()) put(store, input, refs_[i], input.values[step]);
    }
  }

 private:
  // Without an interval promtool 2.42 takes all samples for time 0, and of those the first.
  void feed_at_once(SeriesStore& store) {
    for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
      const auto& values = test_.inputs[i].values;
      const auto first = std::ranges::find_if(
          values, [](const InputValue& value) { return value.kind != InputValue::Kind::kMissing; });
      if (first != values.end()) put(store, test_.inputs[i], refs_[i], *first);
    }
  }

  static void put(SeriesStore& store, const RuleTest::Input& input, std::optional<SeriesStore::Ref>& ref,
                  const InputValue& value) {
    switch (value.kind) {
      case InputValue::Kind::kMissing: return;
      case InputValue::Kind::kStale:
        if (ref) store.release(*ref);
        ref.reset();
        return;
      case InputValue::Kind::kSample:
        if (!ref) {
          Labels labels = input.labels;
          labels.erase(kNameLabel);
          ref = store.open(input.labels.get(kNameLabel), labels);
        }
        store.append(*ref, value.value);
        return;
    }
  }

  const RuleTest& test_;
  std::vector<std::optional<SeriesStore::Ref>> refs_;
};

class Runner {
 public:
  Runner(const RuleTest& test, const std::vector<rules::Group>& groups, Timestamp step)
      : test_(test), step_(step), engine_(every_tick(groups), options(test, step)) {}

  // As promtool: samples after the last evaluation are not there, and where a rule fails the test ends.
  RuleTestReport run() {
    for (const auto& check : test_.alert_checks) {
      if (!check.alertname.empty()) continue;
      report_.failures.push_back(alertname_missing(check, test_.name));
      return std::move(report_);
    }
    Timestamp last = 0;
    for (const auto& check : test_.alert_checks) last = std::max(last, check.time);
    for (const auto& check : test_.expr_checks) last = std::max(last, check.time);
    last -= last % step_;
    Feeder feeder(test_);
    Timestamp next_input = 0;
    Timestamp next_evaluation = 0;
    while (std::min(next_input, next_evaluation) <= last) {
      const Timestamp t = std::min(next_input, next_evaluation);
      store_.begin_tick(t);
      if (t == next_input) {
        feeder.feed(store_, t);
        next_input = test_.interval_ms == 0 ? kNever : t + test_.interval_ms;
      }
      if (t == next_evaluation) {
        if (!evaluate(t)) return std::move(report_);
        next_evaluation += step_;
      }
    }
    for (const auto& check : test_.expr_checks) check_expr(check);
    return std::move(report_);
  }

 private:
  // promtool evaluates every group at each step, whatever its own interval.
  static std::vector<rules::Group> every_tick(std::vector<rules::Group> groups) {
    for (rules::Group& group : groups) group.interval_ms.reset();
    return groups;
  }

  static EngineOptions options(const RuleTest& test, Timestamp step) {
    return {.write_alert_series = true,
            .subquery_step_ms = step,
            .external_labels = test.external_labels,
            .external_url = test.external_url};
  }

  // False where a rule failed.
  bool evaluate(Timestamp t) {
    const Evaluation evaluation = engine_.evaluate(store_, t);
    for (const RuleTrouble& trouble : evaluation.troubles) {
      report_.failures.push_back(rule_failure(trouble.rule, t, trouble.message));
    }
    if (!evaluation.troubles.empty()) return false;
    std::vector<const RuleTest::AlertCheck*> due;
    for (const auto& check : test_.alert_checks) {
      if (check.time >= t && check.time < t + step_) due.push_back(&check);
    }
    std::ranges::stable_sort(due, {}, &RuleTest::AlertCheck::time);
    for (const auto* check : due) check_alerts(*check);
    return true;
  }

  void check_alerts(const RuleTest::AlertCheck& check) {
    ++report_.checks;
    std::vector<RuleTest::ExpectedAlert> got;
    for (const ActiveAlert* alert : engine_.firing()) {
      if (alert->labels.get("alertname") != check.alertname) continue;
      got.push_back({{alert->labels.begin(), alert->labels.end()}, alert->all_annotations()});
    }
    std::ranges::sort(got);
    auto expected = check.expected;
    std::ranges::sort(expected);
    if (got != expected) report_.failures.push_back(alert_difference(check, test_.name, got));
  }

  void check_expr(const RuleTest::ExprCheck& check) {
    ++report_.checks;
    const auto complain = [&](const std::string& what) { report_.failures.push_back(expr_failure(check, what)); };
    const Result<promql::Expr> expr = promql::Expr::parse(check.expr);
    if (!expr) return complain(expr.error().text());
    const Result<promql::Value> value = promql::evaluate(*expr, store_, check.time, {.subquery_step = step_});
    if (!value) return complain(value.error().text());
    promql::Vector got;
    if (const auto* scalar = std::get_if<promql::Scalar>(&*value)) {
      got.push_back({Labels(), scalar->value});
    } else if (const auto* vector = std::get_if<promql::Vector>(&*value)) {
      got = *vector;
    } else {
      return complain("rule result is not a vector or scalar");
    }
    promql::Vector expected = check.expected;
    std::ranges::sort(got, {}, &promql::Sample::labels);
    std::ranges::sort(expected, {}, &promql::Sample::labels);
    const auto same = [](const promql::Sample& a, const promql::Sample& b) {
      return a.labels == b.labels && a.value == b.value;
    };
    if (!std::ranges::equal(got, expected, same)) {
      report_.failures.push_back(sample_difference(check, got));
    }
  }

  const RuleTest& test_;
  Timestamp step_;
  SeriesStore store_;
  RuleEngine engine_;
  RuleTestReport report_;
};

}  // namespace

RuleTestReport run_rule_test(const RuleTest& test, const std::vector<rules::Group>& groups,
                             Timestamp evaluation_interval_ms) {
  return Runner(test, groups, evaluation_interval_ms).run();
}

}  // namespace pmon::alerts
