// SPDX-License-Identifier: Apache-2.0
#include <glob.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <span>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "alerts/rule_test.h"
#include "pmon/suggest.h"
#include "config/duration.h"
#include "config/read_file.h"
#include "config/source.h"

namespace pmon::alerts {
namespace {

using Keys = std::span<const std::string_view>;
constexpr std::array<std::string_view, 4> kFileKeys = {"rule_files", "evaluation_interval", "group_eval_order",
                                                       "tests"};
constexpr std::array<std::string_view, 7> kTestKeys = {
    "name", "interval", "input_series", "alert_rule_test", "promql_expr_test", "external_labels", "external_url"};
constexpr std::array<std::string_view, 2> kInputKeys = {"series", "values"};
constexpr std::array<std::string_view, 3> kAlertKeys = {"eval_time", "alertname", "exp_alerts"};
constexpr std::array<std::string_view, 2> kExpectedKeys = {"exp_labels", "exp_annotations"};
constexpr std::array<std::string_view, 3> kExprKeys = {"expr", "eval_time", "exp_samples"};
constexpr std::array<std::string_view, 2> kSampleKeys = {"labels", "value"};

class Reader {
 public:
  Reader(std::string_view yaml, const std::string& file) : source_(file, yaml) {}

  RuleTestFile run(std::string_view yaml) {
    RuleTestFile file;
    try {
      read_file(YAML::Load(std::string(yaml)), file);
    } catch (const YAML::Exception& error) {
      const std::size_t place = error.mark.is_null() ? 0 : source_.offset(error.mark.line, error.mark.column);
      errors_.push_back(source_.error(place, "not valid YAML: " + error.msg));
    }
    return file;
  }
  [[nodiscard]] const std::vector<config::Diagnostic>& errors() const { return errors_; }

 private:
  void error(const YAML::Node& node, std::string message) {
    errors_.push_back(source_.error(source_.offset(node.Mark().line, node.Mark().column), std::move(message)));
  }

  template <typename F>
  void each_key(const YAML::Node& map, Keys known, F&& f) {
    if (!map.IsMap()) return error(map, "must be a mapping");
    for (const auto& pair : map) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
      if (!known.empty() && std::ranges::find(known, key) == known.end()) {
        error(pair.first, fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)));
      } else {
        f(key, pair.second);
      }
    }
  }

  template <typename F>
  void each_item(const YAML::Node& list, F&& f) {
    if (list.IsNull()) return;
    if (!list.IsSequence()) return error(list, "must be a list");
    for (const YAML::Node& node : list) f(node);
  }

  std::string text(const YAML::Node& node) {
    if (node.IsScalar()) return node.Scalar();
    if (!node.IsNull()) error(node, "must be a text");
    return {};
  }

  Timestamp duration(const YAML::Node& node) {
    const std::optional<Timestamp> ms = config::parse_duration(text(node));
    if (!ms) error(node, fmt::format("not a duration: '{}'", text(node)));
    return ms.value_or(0);
  }

  // A time between evaluations must move on.
  Timestamp interval(const YAML::Node& node) {
    const Timestamp ms = duration(node);
    if (ms == 0) error(node, "an interval must be longer than 0");
    return std::max<Timestamp>(ms, 1);
  }

  double number(const YAML::Node& node) {
    double value = 0;
    if (!node.IsScalar() || !YAML::convert<double>::decode(node, value)) {
      error(node, fmt::format("not a number: '{}'", text(node)));
    }
    return value;
  }

  Labels series(const YAML::Node& node) {
    Result<Labels> labels = parse_series(text(node));
    if (!labels) error(node, labels.error().text());
    return labels.value_or(Labels());
  }

  Labels map(const YAML::Node& node) {
    Labels labels;
    if (node.IsNull()) return labels;
    each_key(node, {}, [&](const std::string& key, const YAML::Node& value) { labels.set(key, text(value)); });
    return labels;
  }

  void read_file(const YAML::Node& root, RuleTestFile& file) {
    YAML::Node tests;
    each_key(root, kFileKeys, [&](const std::string& key, const YAML::Node& value) {
      if (key == "rule_files") {
        each_item(value, [&](const YAML::Node& node) { file.rule_files.push_back(text(node)); });
      } else if (key == "evaluation_interval") {
        file.evaluation_interval_ms = interval(value);
      } else if (key == "group_eval_order") {
        each_item(value, [&](const YAML::Node& node) { file.group_eval_order.push_back(text(node)); });
      } else {
        tests = value;
      }
    });
    each_item(tests, [&](const YAML::Node& node) { file.tests.push_back(read_test(node, file)); });
  }

  RuleTest read_test(const YAML::Node& node, const RuleTestFile& file) {
    RuleTest test;
    test.interval_ms = file.evaluation_interval_ms;
    each_key(node, kTestKeys, [&](const std::string& key, const YAML::Node& value) {
      if (key == "name") {
        test.name = text(value);
      } else if (key == "interval") {
        test.interval_ms = interval(value);
      } else if (key == "input_series") {
        each_item(value, [&](const YAML::Node& item) { test.inputs.push_back(read_input(item)); });
      } else if (key == "alert_rule_test") {
        each_item(value, [&](const YAML::Node& item) { test.alert_checks.push_back(read_alert_check(item)); });
      } else if (key == "promql_expr_test") {
        each_item(value, [&](const YAML::Node& item) { test.expr_checks.push_back(read_expr_check(item)); });
      } else if (key == "external_labels") {
        test.external_labels = map(value);
      }
    });
    return test;
  }

  RuleTest::Input read_input(const YAML::Node& node) {
    RuleTest::Input input;
    each_key(node, kInputKeys, [&](const std::string& key, const YAML::Node& value) {
      if (key == "series") {
        input.labels = series(value);
        return;
      }
      Result<std::vector<InputValue>> values = parse_values(text(value));
      if (!values) return error(value, values.error().text());
      input.values = std::move(*values);
    });
    return input;
  }

  RuleTest::AlertCheck read_alert_check(const YAML::Node& node) {
    RuleTest::AlertCheck check;
    each_key(node, kAlertKeys, [&](const std::string& key, const YAML::Node& value) {
      if (key == "eval_time") {
        check.time = duration(value);
      } else if (key == "alertname") {
        check.alertname = text(value);
      } else {
        each_item(value, [&](const YAML::Node& item) { check.expected.push_back(read_expected(item)); });
      }
    });
    for (RuleTest::ExpectedAlert& expected : check.expected) expected.labels.set("alertname", check.alertname);
    return check;
  }

  RuleTest::ExpectedAlert read_expected(const YAML::Node& node) {
    RuleTest::ExpectedAlert expected;
    each_key(node, kExpectedKeys, [&](const std::string& key, const YAML::Node& value) {
      (key == "exp_labels" ? expected.labels : expected.annotations) = map(value);
    });
    return expected;
  }

  RuleTest::ExprCheck read_expr_check(const YAML::Node& node) {
    RuleTest::ExprCheck check;
    each_key(node, kExprKeys, [&](const std::string& key, const YAML::Node& value) {
      if (key == "expr") {
        check.expr = text(value);
      } else if (key == "eval_time") {
        check.time = duration(value);
      } else {
        each_item(value, [&](const YAML::Node& item) { check.expected.push_back(read_sample(item)); });
      }
    });
    return check;
  }

  promql::Sample read_sample(const YAML::Node& node) {
    promql::Sample sample{{}, 0};
    each_key(node, kSampleKeys, [&](const std::string& key, const YAML::Node& value) {
      if (key == "labels") {
        sample.labels = series(value);
      } else {
        sample.value = number(value);
      }
    });
    return sample;
  }

  config::Source source_;
  std::vector<config::Diagnostic> errors_;
};

Result<std::vector<std::string>> expand(const std::string& pattern, const std::string& test_file) {
  const std::string folder = test_file.substr(0, test_file.rfind('/') + 1);  // "" where there is none
  const std::string full = pattern.starts_with('/') ? pattern : folder + pattern;
  glob_t found{};
  const int status = glob(full.c_str(), GLOB_NOCHECK, nullptr, &found);
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + (status == 0 ? found.gl_pathc : 0));
  globfree(&found);
  if (status != 0) return fail(ErrorKind::kUsage, "rule_files: cannot read " + full);
  return paths;
}

Result<std::vector<rules::Group>> load_groups(const RuleTestFile& file, const std::string& path) {
  std::vector<rules::Group> groups;
  for (const std::string& pattern : file.rule_files) {
    const Result<std::vector<std::string>> paths = expand(pattern, path);
    if (!paths) return std::unexpected(paths.error());
    for (const std::string& rule_file : *paths) {
      Result<std::vector<rules::Group>> loaded = rules::load_file(rule_file);
      if (!loaded) return loaded;
      std::ranges::move(*loaded, std::back_inserter(groups));
    }
  }
  // Named groups come in the order given, the others after them as they are written.
  const auto rank = [&](const rules::Group& group) {
    return std::ranges::find(file.group_eval_order, group.name) - file.group_eval_order.begin();
  };
  std::ranges::stable_sort(groups, {}, rank);
  return groups;
}

}  // namespace

Result<RuleTestFile> parse_rule_tests(std::string_view yaml, const std::string& file) {
  Reader reader(yaml, file);
  RuleTestFile tests = reader.run(yaml);
  if (!reader.errors().empty()) return fail(ErrorKind::kUsage, config::text_of(reader.errors()));
  return tests;
}

Result<RuleTestReport> run_rule_test_file(const std::string& path) {
  const Result<std::string> text = config::read_file(path, "test file");
  if (!text) return std::unexpected(text.error());
  const Result<RuleTestFile> file = parse_rule_tests(*text, path);
  if (!file) return std::unexpected(file.error());
  const Result<std::vector<rules::Group>> groups = load_groups(*file, path);
  if (!groups) return std::unexpected(groups.error());
  RuleTestReport report;
  for (const RuleTest& test : file->tests) {
    RuleTestReport one = run_rule_test(test, *groups, file->evaluation_interval_ms);
    report.checks += one.checks;
    std::ranges::move(one.failures, std::back_inserter(report.failures));
  }
  return report;
}

}  // namespace pmon::alerts
