// SPDX-License-Identifier: Apache-2.0
#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "alerts/rule_test.h"
#include "config/read_file.h"
#include "config/yaml_reader.h"
#include "rules/yaml_number.h"

namespace pmon::alerts {
namespace {

constexpr std::array<std::string_view, 4> kTestFileKeys = {"rule_files", "evaluation_interval", "group_eval_order",
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
  explicit Reader(config::YamlReader& yaml) : yaml_(yaml) {}

  RuleTestFile read_file(const YAML::Node& root) {
    RuleTestFile file;
    YAML::Node tests;
    yaml_.each_key(root, kTestFileKeys, "the test file", [&](const std::string& key, const YAML::Node& value) {
      if (key == "rule_files") {
        texts(value, key, file.rule_files);
      } else if (key == "evaluation_interval") {
        file.evaluation_interval_ms = duration(value, key);
      } else if (key == "group_eval_order") {
        texts(value, key, file.group_eval_order);
      } else {
        tests = value;
      }
    });
    if (file.evaluation_interval_ms == 0) file.evaluation_interval_ms = RuleTestFile().evaluation_interval_ms;
    each(tests, "tests", file.tests, [&](const YAML::Node& node) { return read_test(node); });
    return file;
  }

 private:
  template <typename T, typename Read>
  void each(const YAML::Node& list, std::string_view key, std::vector<T>& out, Read read) {
    yaml_.each_item(list, key, [&](const YAML::Node& node) { out.push_back(read(node)); });
  }
  void texts(const YAML::Node& list, std::string_view key, std::vector<std::string>& out) {
    each(list, key, out, [&](const YAML::Node& node) { return yaml_.text(node, key); });
  }

  // Left empty it is 0.
  Timestamp duration(const YAML::Node& node, std::string_view key) {
    return node.IsNull() ? 0 : yaml_.duration(node, key, true);
  }

  double number(const YAML::Node& node, std::string_view key) {
    if (node.IsNull()) return 0;
    const bool is_quoted = node.Tag() == "!";
    const auto value = is_quoted ? std::nullopt : rules::yaml_number(yaml_.text(node, key));
    if (!value) {
      yaml_.error(node, fmt::format("'{}': not a number: {}", key,
                                    is_quoted ? pmon::quoted(node.Scalar()) : "'" + yaml_.text(node, key) + "'"));
    }
    return value.value_or(0);
  }

  Labels series(const YAML::Node& node, std::string_view key) {
    Result<Labels> labels = promql::parse_series(yaml_.text(node, key));
    if (!labels) yaml_.error(node, labels.error().text());
    return labels.value_or(Labels());
  }

  RuleTest::Texts map(const YAML::Node& node, const std::string& key) {
    RuleTest::Texts texts;
    yaml_.each_key(node, {}, fmt::format("'{}'", key),
                   [&](const std::string& name, const YAML::Node& value) { texts[name] = yaml_.text(value, name); });
    return texts;
  }

  RuleTest read_test(const YAML::Node& node) {
    RuleTest test;
    yaml_.each_key(node, kTestKeys, "a test", [&](const std::string& key, const YAML::Node& value) {
      if (key == "name") {
        test.name = yaml_.text(value, key);
      } else if (key == "interval") {
        test.interval_ms = duration(value, key);
      } else if (key == "input_series") {
        each(value, key, test.inputs, [&](const YAML::Node& item) { return read_input(item); });
      } else if (key == "alert_rule_test") {
        each(value, key, test.alert_checks, [&](const YAML::Node& item) { return read_alert_check(item); });
      } else if (key == "promql_expr_test") {
        each(value, key, test.expr_checks, [&](const YAML::Node& item) { return read_expr_check(item); });
      } else if (key == "external_labels") {
        for (const auto& [name, text] : map(value, key)) test.external_labels.set(name, text);
      } else if (key == "external_url") {
        test.external_url = yaml_.text(value, key);
      }
    });
    return test;
  }

  RuleTest::Input read_input(const YAML::Node& node) {
    RuleTest::Input input;
    yaml_.each_key(node, kInputKeys, "an input series", [&](const std::string& key, const YAML::Node& value) {
      if (key == "series") {
        input.labels = series(value, key);
        return;
      }
      Result<std::vector<InputValue>> values = parse_values(yaml_.text(value, key));
      if (!values) return yaml_.error(value, values.error().text());
      input.values = std::move(*values);
    });
    return input;
  }

  RuleTest::AlertCheck read_alert_check(const YAML::Node& node) {
    RuleTest::AlertCheck check;
    yaml_.each_key(node, kAlertKeys, "an alert test", [&](const std::string& key, const YAML::Node& value) {
      if (key == "eval_time") {
        check.time = duration(value, key);
      } else if (key == "alertname") {
        check.alertname = yaml_.text(value, key);
      } else {
        each(value, key, check.expected, [&](const YAML::Node& item) { return read_expected(item); });
      }
    });
    for (RuleTest::ExpectedAlert& expected : check.expected) expected.labels["alertname"] = check.alertname;
    return check;
  }

  RuleTest::ExpectedAlert read_expected(const YAML::Node& node) {
    RuleTest::ExpectedAlert expected;
    yaml_.each_key(node, kExpectedKeys, "an expected alert", [&](const std::string& key, const YAML::Node& value) {
      (key == "exp_labels" ? expected.labels : expected.annotations) = map(value, key);
    });
    return expected;
  }

  RuleTest::ExprCheck read_expr_check(const YAML::Node& node) {
    RuleTest::ExprCheck check;
    yaml_.each_key(node, kExprKeys, "an expression test", [&](const std::string& key, const YAML::Node& value) {
      if (key == "expr") {
        check.expr = yaml_.text(value, key);
      } else if (key == "eval_time") {
        check.time = duration(value, key);
      } else {
        each(value, key, check.expected, [&](const YAML::Node& item) { return read_sample(item); });
      }
    });
    return check;
  }

  promql::Sample read_sample(const YAML::Node& node) {
    promql::Sample sample{{}, 0};
    yaml_.each_key(node, kSampleKeys, "a sample", [&](const std::string& key, const YAML::Node& value) {
      if (key == "labels") {
        sample.labels = series(value, key);
      } else {
        sample.value = number(value, key);
      }
    });
    return sample;
  }

  config::YamlReader& yaml_;
};

// Patterns are relative to the test file's folder.
std::string full_pattern(const std::string& pattern, const std::string& test_file) {
  return (std::filesystem::path(test_file).parent_path() / pattern).lexically_normal();
}

// None where nothing matches.
Result<std::vector<std::string>> expand(const std::string& pattern) {
  glob_t found{};
  const int status = glob(pattern.c_str(), 0, nullptr, &found);  // NOLINT(concurrency-mt-unsafe): no user's folder (~)
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + (status == 0 ? found.gl_pathc : 0));
  globfree(&found);
  if (status != 0 && status != GLOB_NOMATCH) return fail(ErrorKind::kUsage, "rule_files: cannot read " + pattern);
  return paths;
}

Result<std::vector<rules::Group>> load_groups(const RuleTestFile& file, const std::string& path,
                                              std::vector<std::string>& warnings) {
  std::vector<rules::Group> groups;
  std::set<std::string> seen;  // a file that two patterns match is read once
  for (const std::string& written : file.rule_files) {
    const std::string pattern = full_pattern(written, path);
    const Result<std::vector<std::string>> paths = expand(pattern);
    if (!paths) return std::unexpected(paths.error());
    if (paths->empty()) warnings.push_back("no file match pattern " + pattern);
    for (const std::string& rule_file : *paths) {
      if (!seen.insert(rule_file).second) continue;
      Result<std::vector<rules::Group>> loaded = rules::load_file(rule_file);
      if (!loaded) return loaded;
      std::ranges::move(*loaded, std::back_inserter(groups));
    }
  }
  // Named groups come in the order given, after the others: promtool takes those for first ones and evaluates them in
  // no particular order, pmon as they are written.
  const auto rank = [&order = file.group_eval_order](const rules::Group& group) {
    const auto at = std::ranges::find(order, group.name);
    return at == order.end() ? 0 : at - order.begin() + 1;
  };
  std::ranges::stable_sort(groups, {}, rank);
  return groups;
}

// The first name that is there twice, or none.
std::string repeated_in(const std::vector<std::string>& order) {
  std::set<std::string> seen;
  const auto at = std::ranges::find_if(order, [&seen](const std::string& name) { return !seen.insert(name).second; });
  return at == order.end() ? "" : *at;
}

}  // namespace

Result<RuleTestFile> parse_rule_tests(std::string_view yaml, const std::string& file) {
  config::YamlReader reader(yaml, file);
  RuleTestFile tests;
  reader.run([&](const YAML::Node& root) { tests = Reader(reader).read_file(root); });
  if (reader.error_count() != 0) return fail(ErrorKind::kUsage, config::text_of(reader.errors()));
  return tests;
}

Result<RuleTestReport> run_rule_test_file(const std::string& path) {
  const Result<std::string> text = config::read_file(path, "test file");
  if (!text) return std::unexpected(text.error());
  const Result<RuleTestFile> file = parse_rule_tests(*text, path);
  if (!file) return std::unexpected(file.error());
  RuleTestReport report;
  const Result<std::vector<rules::Group>> groups = load_groups(*file, path, report.warnings);
  if (!groups) return std::unexpected(groups.error());
  if (const auto repeated = repeated_in(file->group_eval_order); !repeated.empty()) {
    report.failures.push_back("group name repeated in evaluation order: " + repeated);
    return report;
  }
  for (const RuleTest& test : file->tests) {
    RuleTestReport one = run_rule_test(test, *groups, file->evaluation_interval_ms);
    report.checks += one.checks;
    std::ranges::move(one.failures, std::back_inserter(report.failures));
  }
  return report;
}

}  // namespace pmon::alerts
