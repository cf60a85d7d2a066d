// SPDX-License-Identifier: Apache-2.0
#include "random_expression.h"

#include <utility>

#include <fmt/format.h>

namespace pmon::promql::testing {

TestGroup RandomExpressions::group(std::size_t expressions) {
  TestGroup group;
  const Timestamp intervals[] = {1000, 5000, 60'000};
  group.interval = intervals[below(3)];
  for (const char* name : {"m0", "m1", "m2"}) {
    for (const char* a : {"x", "y", "z"}) {
      for (const char* b : {"1", "2"}) {
        if (below(4) != 0) group.input.push_back({fmt::format("{}{{a=\"{}\", b=\"{}\"}}", name, a, b), values()});
      }
    }
  }
  group.input.push_back({"lone", values()});
  for (const char* a : {"x", "y"}) {
    for (const char* le : {"0.5", "1", "2.5", "10", "+Inf"}) {
      if (below(6) != 0) group.input.push_back({fmt::format("h_bucket{{a=\"{}\", le=\"{}\"}}", a, le), values()});
    }
  }
  for (std::size_t i = 0; i < expressions; ++i) {
    ExpressionTest& test = group.tests.emplace_back();
    test.expr = below(12) == 0 ? fmt::format("({}) atan2 {}", selector(false), one_of({"m1", "2", "Inf"})) : vector(3);
    test.eval_time = static_cast<Timestamp>(below(50)) * group.interval + (below(4) == 0 ? below(5000) : 0);
  }
  // promtool loads samples up to the last evaluation of a group only; this one is after all of them.
  group.tests.push_back({"time()", 120 * group.interval, {}});
  return group;
}

// Quarters, so that sums and differences are exact.
std::string RandomExpressions::values() {
  std::string out;
  for (unsigned parts = 1 + below(6); parts > 0; --parts) {
    const double start = static_cast<double>(below(400)) / 4 - (below(4) == 0 ? 50 : 0);
    const unsigned times = below(12);
    switch (below(7)) {
      case 0: out += fmt::format("{}x{} ", start, times); break;
      case 1: out += fmt::format("{}+{}x{} ", start, static_cast<double>(1 + below(20)) / 4, times); break;
      case 2: out += fmt::format("{}-{}x{} ", start, static_cast<double>(1 + below(20)) / 4, times); break;
      case 3: out += fmt::format("_x{} ", 1 + times); break;
      case 4: out += below(2) == 0 ? "stale " : "_ "; break;
      default:
        for (unsigned i = 0; i < times; ++i) out += fmt::format("{} ", static_cast<double>(below(12)) / 4);
    }
  }
  return out + fmt::format("{}x{}", below(5), below(20));
}

std::string RandomExpressions::duration() {
  return one_of({"1s", "2500ms", "5s", "7s", "10s", "30s", "1m", "90s", "3m", "5m", "20m"});
}

std::string RandomExpressions::shift() {
  switch (below(without_at_ ? 6 : 8)) {
    case 0: return " offset " + duration();
    case 1: return " offset -" + duration();
    case 6: return fmt::format(" @ {}", below(600));
    case 7: return " @ end() offset " + duration();
    default: return "";
  }
}

std::string RandomExpressions::selector(bool range) {
  const std::string matchers =
      one_of({"", "", "", "{a=\"x\"}", "{a!=\"x\"}", "{a=~\"x|y\"}", "{b!~\"1\"}", "{c=\"\"}", "{a=~\".+\", b=\"2\"}"});
  const std::string name = one_of({"m0", "m1", "m2", "lone"});
  const std::string text =
      below(12) == 0 ? one_of({"{__name__=~\"m.\"}", "{a=\"x\"}", "{__name__=\"m1\", b=\"1\"}"}) : name + matchers;
  return text + (range ? "[" + duration() + "]" : "") + shift();
}

std::string RandomExpressions::range_vector(int depth) {
  if (depth <= 0 || below(4) != 0) return selector(true);
  const std::string steps = one_of({"1s", "5s", "10s", "1m", ""});
  return fmt::format("({})[{}:{}]", without_at(depth - 1), one_of({"10s", "1m", "90s", "5m"}), steps) + shift();
}

std::string RandomExpressions::range_call(int depth) {
  const std::string range = range_vector(depth);
  switch (below(6)) {
    case 0: return fmt::format("predict_linear({}, {})", range, scalar(0));
    case 1: return fmt::format("quantile_over_time({}, {})", one_of({"0", "0.25", "0.5", "1", "2"}), range);
    case 2: return fmt::format("holt_winters({}, 0.5, 0.25)", range);
    default:
      return one_of({"rate", "increase", "delta", "irate", "idelta", "changes", "resets", "deriv", "avg_over_time",
                     "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "last_over_time",
                     "present_over_time", "stddev_over_time", "stdvar_over_time", "absent_over_time"}) +
             "(" + range + ")";
  }
}

std::string RandomExpressions::scalar(int depth) {
  switch (below(depth > 0 ? 6 : 4)) {
    case 3: return one_of({"NaN", "Inf", "-Inf", "+1", "-0"});
    case 0: return fmt::format("{}", static_cast<double>(below(80)) / 4);
    case 1: return one_of({"0", "1", "-1", "2", "10", "0.5", "1e3"});
    case 2: return "time()";
    case 4: return fmt::format("scalar({})", vector(depth - 1));
    default: return fmt::format("({} {} {})", scalar(depth - 1), one_of({"+", "-", "*", "> bool"}), scalar(depth - 1));
  }
}

std::string RandomExpressions::binary(int depth) {
  const bool with_scalar = below(3) == 0;
  const std::string arithmetic = one_of({"+", "-", "*", "/", "%"});
  const std::string comparison = one_of({"==", "!=", ">", "<", ">=", "<="});
  const std::string op = below(2) == 0 ? arithmetic : comparison + (below(3) == 0 ? " bool" : "");
  if (with_scalar) {
    const std::string lhs = vector(depth - 1);
    return below(3) == 0 ? fmt::format("({} {} ({}))", scalar(1), op, lhs)
                         : fmt::format("(({}) {} {})", lhs, op, scalar(1));
  }
  const std::string matching =
      one_of({"", "", "", "", "on(a, b)", "on(a)", "ignoring(b)", "on()", "ignoring(a, b)", "ignoring(c)"});
  std::string operation = op + " " + matching;
  if (below(3) == 0) {
    operation = one_of({"and ", "or ", "unless "}) + matching;
  } else if (!matching.empty() && below(2) == 0) {
    // A label may not be given both in on() and in the group.
    const std::string include = matching == "on(a)" || matching == "ignoring(b)" ? "(b)" : "(c)";
    operation += one_of({" group_left", " group_right"}) + (below(2) == 0 ? "()" : include);
  }
  return fmt::format("(({}) {} ({}))", vector(depth - 1), operation, vector(depth - 1));
}

std::string RandomExpressions::aggregate(int depth) {
  const std::string grouping = one_of({"", "", "by (a)", "by (b, a)", "without (a)", "by (c)", "without ()", "by ()"});
  const std::string inner = vector(depth - 1);
  switch (below(10)) {
    // Of equals Prometheus may take others: what is added up, counted or the least is the same.
    case 2:
      return fmt::format("{}({} {} ({}, {}))", one_of({"sum", "count", "min", "max"}), one_of({"topk", "bottomk"}),
                         grouping, one_of({"0", "1", "2", "3", "-1", "100"}), inner);
    case 0: return fmt::format("quantile {} ({}, {})", grouping, one_of({"0.5", "0.25", "1", "-1"}), inner);
    // Of plain samples: as a label, a value must be the same to its last digit.
    case 1: return fmt::format("count_values {} (\"v\", {})", grouping, selector(false));
    default:
      return one_of({"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count"}) + " " + grouping + " (" +
             inner + ")";
  }
}

std::string RandomExpressions::value_call(int depth) {
  const std::string inner = vector(depth - 1);
  switch (below(15)) {
    case 10:
      return fmt::format("histogram_quantile({}, {})", one_of({"0", "0.5", "0.9", "1", "2", "-1", "NaN"}),
                         buckets(depth - 1));
    case 11: return "+(" + inner + ")";
    case 12: return fmt::format("clamp({}, {}, {})", inner, scalar(0), scalar(0));
    case 13:
      return one_of({"clamp_min", "clamp_max"}) + fmt::format("({}, {})", inner, one_of({"NaN", "Inf", "-Inf", "1"}));
    case 0: return fmt::format("clamp({}, {}, {})", inner, below(10), below(40));
    case 1: return fmt::format("round({}, {})", inner, one_of({"1", "0.5", "4"}));
    case 2: return fmt::format("label_replace({}, \"c\", \"$1-\", \"a\", \"(x|y)\")", inner);
    case 3: return fmt::format("label_join({}, \"c\", \"/\", \"b\", \"a\")", inner);
    case 4: return fmt::format("vector({})", scalar(depth - 1));
    case 5: return fmt::format("clamp_min({}, {})", inner, scalar(0));
    case 6: return "-(" + inner + ")";
    case 7: return "timestamp(" + without_at(depth - 1) + ")";
    default: return one_of({"abs", "ceil", "floor", "sgn", "sort", "sort_desc", "absent"}) + "(" + inner + ")";
  }
}

std::string RandomExpressions::buckets(int depth) {
  const std::string plain = "h_bucket" + one_of({"", "", "{a=\"x\"}"});
  switch (below(4)) {
    case 0: return plain + shift();
    case 1: return fmt::format("sum by (le) ({})", plain);
    case 2: return depth > 0 ? fmt::format("({}) or {}", vector(depth - 1), plain) : plain;
    default: return fmt::format("rate({}[{}])", plain, duration());
  }
}

// Operators without brackets, whose precedence counts. Only ^ has numbers on its side: comparing and set operators
// do not take them everywhere.
std::string RandomExpressions::chain() {
  std::string text = chain_operand();
  for (unsigned operands = 1 + below(4); operands > 0; --operands) {
    const std::string op =
        one_of({"+", "-", "*", "/", "%", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless", "> bool", "== bool"});
    text += " " + op + " " + one_of({"", "", "", "on(a, b) ", "ignoring(c) "}) + chain_operand();
  }
  return text;
}

std::string RandomExpressions::chain_operand() {
  std::string name = selector(false);
  switch (below(6)) {
    case 0: return name + " ^ 2";
    case 1: return "-" + name + " ^ " + one_of({"2", "0", "1"});
    case 2: return name + " ^ 0.5 ^ 2";
    case 3: return "+" + name;
    default: return name;
  }
}

// Within subqueries and timestamp(), Prometheus 2.42 reads other samples for some uses of @.
std::string RandomExpressions::without_at(int depth) {
  const bool outer = std::exchange(without_at_, true);
  const std::string text = vector(depth);
  without_at_ = outer;
  return text;
}

std::string RandomExpressions::vector(int depth) {
  if (depth <= 0) return below(3) == 0 ? range_call(0) : selector(false);
  switch (below(9)) {
    case 0: return selector(false);
    case 8: return "(" + chain() + ")";
    case 1:
    case 2: return range_call(depth - 1);
    case 3:
    case 4:
    case 5: return binary(depth);
    case 6: return aggregate(depth);
    default: return value_call(depth);
  }
}

}  // namespace pmon::promql::testing
