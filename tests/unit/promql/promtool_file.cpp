// SPDX-License-Identifier: Apache-2.0
#include "promtool_file.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "promql/ast.h"
#include "promql/lexer.h"
#include "promql/syntax_error.h"

namespace pmon::promql::testing {

namespace {

Timestamp duration(const std::string& text) {
  if (text == "0" || text == "0s" || text == "0m") return 0;
  const auto tokens = tokenize(text);
  if (tokens[0].kind != TokenKind::kDuration) throw std::runtime_error("no duration: " + text);
  return tokens[0].duration;
}

Timestamp duration(const YAML::Node& node, Timestamp fallback) {
  return node ? duration(node.as<std::string>()) : fallback;
}

double number(const std::string& text) {
  std::size_t used = 0;
  const double value = std::stod(text, &used);
  if (used != text.size()) throw std::runtime_error("no number: " + text);
  return value;
}

TestGroup read_group(const YAML::Node& node) {
  TestGroup group;
  group.interval = duration(node["interval"], group.interval);
  for (const auto& input : node["input_series"]) {
    group.input.push_back({input["series"].as<std::string>(), input["values"].as<std::string>()});
  }
  for (const auto& test : node["promql_expr_test"]) {
    ExpressionTest& out = group.tests.emplace_back();
    out.expr = test["expr"].as<std::string>();
    out.eval_time = duration(test["eval_time"], 0);
    for (const auto& sample : test["exp_samples"]) {
      out.expected.push_back({parse_series(sample["labels"].as<std::string>()).value(), sample["value"].as<double>()});
    }
  }
  return group;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

PromtoolFile read_promtool_file(const std::string& path) {
  const YAML::Node root = YAML::LoadFile(path);
  PromtoolFile file;
  file.evaluation_interval = duration(root["evaluation_interval"], file.evaluation_interval);
  for (const auto& node : root["tests"]) file.groups.push_back(read_group(node));
  return file;
}

void write_promtool_file(const PromtoolFile& file, const std::string& path) {
  std::ofstream out(path);
  out << "evaluation_interval: " << file.evaluation_interval << "ms\ntests:\n";
  for (const TestGroup& group : file.groups) {
    out << "  - interval: " << group.interval << "ms\n    input_series:\n";
    for (const InputSeries& input : group.input) {
      out << "      - series: " << quoted(input.series) << "\n        values: " << quoted(input.values) << "\n";
    }
    out << "    promql_expr_test:\n";
    for (const ExpressionTest& test : group.tests) {
      out << "      - expr: " << quoted(test.expr) << "\n        eval_time: " << test.eval_time << "ms\n";
      if (!test.expected.empty()) out << "        exp_samples:\n";
      for (const Sample& sample : test.expected) {
        out << "          - labels: " << quoted(sample.labels.text())
            << "\n            value: " << number_text(sample.value) << "\n";
      }
    }
  }
}

std::vector<InputValue> parse_values(const std::string& text) {
  std::vector<InputValue> out;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::size_t times = 1;
    const std::size_t x = word.rfind('x');
    const bool repeated = x != std::string::npos;
    if (repeated) {
      times = std::stoul(word.substr(x + 1)) + (word[0] == '_' ? 0 : 1);
      word.resize(x);
    }
    if (word == "_" || word == "stale") {
      out.insert(out.end(), times, {word == "stale", stale_marker()});
      continue;
    }
    // a+b, a-b: the sign that is neither first nor part of an exponent.
    std::size_t sign = std::string::npos;
    for (std::size_t i = 1; repeated && i < word.size(); ++i) {
      if ((word[i] == '+' || word[i] == '-') && word[i - 1] != 'e') sign = i;
    }
    double value = number(word.substr(0, sign));
    const double step = sign == std::string::npos ? 0 : number(word.substr(sign));
    for (; times > 0; --times, value += step) out.push_back({true, value});
  }
  return out;
}

SeriesStore fill_store(const TestGroup& group) {
  SeriesStore store;
  std::vector<SeriesStore::Ref> refs;
  std::vector<std::vector<InputValue>> values;
  std::size_t ticks = 0;
  for (const InputSeries& input : group.input) {
    values.push_back(parse_values(input.values));
    ticks = std::max(ticks, values.back().size());
  }
  for (std::size_t tick = 0; tick < ticks; ++tick) {
    store.begin_tick(static_cast<Timestamp>(tick) * group.interval);
    for (std::size_t i = 0; i < group.input.size(); ++i) {
      if (tick == 0) {
        Labels labels = parse_series(group.input[i].series).value();
        const std::string name(labels.get(kNameLabel));
        labels.erase(kNameLabel);
        refs.push_back(store.open(name, labels));
      }
      if (tick < values[i].size() && values[i][tick].present) store.append(refs[i], values[i][tick].value);
    }
  }
  return store;
}

Result<Vector> evaluate_like_promtool(const std::string& expr, const SeriesStore& store, Timestamp t,
                                      Timestamp evaluation_interval) {
  const auto parsed = Expr::parse(expr);
  if (!parsed) return std::unexpected(parsed.error());
  auto value = evaluate(*parsed, store, t, {.subquery_step = evaluation_interval});
  if (!value) return std::unexpected(value.error());
  if (const auto* scalar = std::get_if<Scalar>(&*value)) return Vector{{Labels(), scalar->value}};
  auto* vector = std::get_if<Vector>(&*value);
  if (vector == nullptr) return fail(ErrorKind::kUsage, "rule result is not a vector or scalar");
  std::sort(vector->begin(), vector->end(), [](const Sample& a, const Sample& b) { return a.labels < b.labels; });
  return std::move(*vector);
}

std::string number_text(double value) {
  // As YAML has it.
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  return fmt::format("{}", value);
}

std::string text(const Vector& vector) {
  std::string out;
  for (const Sample& sample : vector) out += sample.labels.text() + " " + number_text(sample.value) + "\n";
  return out;
}

bool have_promtool() { return std::system("command -v promtool >/dev/null 2>&1") == 0; }

Outcome run_promtool(const std::string& path) {
  FILE* pipe = popen(("promtool test rules '" + path + "' 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen promtool");
  Outcome run{0, ""};
  std::array<char, 4096> buffer{};
  for (std::size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) run.output.append(buffer.data(), n);
  run.status = WEXITSTATUS(pclose(pipe));
  return run;
}

}  // namespace pmon::promql::testing
