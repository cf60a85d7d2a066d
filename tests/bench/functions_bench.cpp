// SPDX-License-Identifier: Apache-2.0
// What every function, aggregation and operator of PromQL costs over 1,000, 10,000 and 50,000 series of a minute, all
// of them moving at every tick; as rows of a table. CPU time, the least of several rounds.
//   bench_functions [--check]     --check: fails where the cost of a series grows with their number
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "promql/ast.h"
#include "promql/functions.h"
#include "promql/promql.h"

namespace pmon::promql {
namespace {

constexpr std::array<int, 3> kSizes = {1000, 10'000, 50'000};
constexpr int kAll = kSizes.back();
constexpr int kTicks = 61;
// Of a series among 50,000 against one among 1,000: what was quadratic would be 50, what sorts is 1.6.
constexpr double kMostGrowth = 6;
// Of an evaluation; less is the cost of having an expression at all.
constexpr double kLeastMs = 0.5;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// m: a random walk; c: a counter; b_bucket: a histogram of ten buckets for every ten series of the others.
class Host {
 public:
  explicit Host(int series) {
    std::mt19937 random(1);
    std::vector<SeriesStore::Ref> walks;
    std::vector<SeriesStore::Ref> counters;
    std::vector<SeriesStore::Ref> buckets;
    for (int i = 0; i < series; ++i) {
      const Labels labels{{"pid", std::to_string(i)}, {"g", std::to_string(i % 97)}};
      walks.push_back(store_.open("m", labels));
      counters.push_back(store_.open("c", labels));
      const std::string bound = i % 10 == 9 ? "+Inf" : std::to_string(i % 10);
      buckets.push_back(store_.open("b_bucket", {{"h", std::to_string(i / 10)}, {"le", bound}}));
    }
    std::vector<double> values(walks.size(), 1e6);
    for (int tick = 0; tick < kTicks; ++tick) {
      store_.begin_tick(now_ = 1'700'000'000'000 + tick * 1000);
      for (std::size_t i = 0; i < walks.size(); ++i) {
        values[i] += static_cast<double>(random() % 2001) - 1000;
        store_.append(walks[i], values[i]);
        store_.append(counters[i], tick * static_cast<double>(1 + i % 7));
        store_.append(buckets[i], tick * static_cast<double>(1 + i % 10));
      }
    }
  }
  [[nodiscard]] bool evaluate(const Expr& expr) const {
    return promql::evaluate(expr, store_, now_, {.subquery_step = 1000}).has_value();
  }

 private:
  SeriesStore store_;
  Timestamp now_ = 0;
};

// As many hosts of `size` series each as make up kAll: whatever the size, the same memory is read, and none of it is
// still in a cache. What grows then is the work itself.
class Hosts {
 public:
  explicit Hosts(int size) {
    for (int i = 0; i < kAll / size; ++i) hosts_.emplace_back(size);
  }
  // Milliseconds for one evaluation over one host; absent where the expression is wrong.
  [[nodiscard]] std::optional<double> time(const std::string& text, int rounds) const {
    const auto expr = Expr::parse(text);
    if (!expr) return std::nullopt;
    double least = std::numeric_limits<double>::infinity();
    for (int round = 0; round < rounds; ++round) {
      const double begin = cpu_ms();
      for (const Host& host : hosts_) {
        if (!host.evaluate(*expr)) return std::nullopt;
      }
      least = std::min(least, cpu_ms() - begin);
    }
    return least / static_cast<double>(hosts_.size());
  }

 private:
  std::deque<Host> hosts_;
};

// Where an argument of each kind is not enough.
const std::map<std::string_view, std::string>& special_cases() {
  static const std::map<std::string_view, std::string> cases = {
      {"histogram_quantile", "histogram_quantile(0.9, b_bucket)"},
      {"label_join", R"(label_join(m, "to", "-", "pid", "g"))"},
      {"label_replace", R"(label_replace(m, "to", "$1", "pid", "(.).*"))"},
      {"rate", "rate(c[1m])"},
      {"increase", "increase(c[1m])"},
      {"irate", "irate(c[1m])"},
      {"resets", "resets(c[1m])"},
  };
  return cases;
}

std::string call_of(const Function& function) {
  if (const auto special = special_cases().find(function.name); special != special_cases().end()) {
    return special->second;
  }
  std::string arguments;
  const std::size_t count = std::max<std::size_t>(function.least, function.most == Function::kAnyNumber ? 1 : 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) arguments += ", ";
    switch (function.arguments[i]) {
      case ValueType::kScalar: arguments += "0.5"; break;
      case ValueType::kVector: arguments += "m"; break;
      case ValueType::kMatrix: arguments += "m[1m]"; break;
      case ValueType::kString: arguments += "\"a\""; break;
    }
  }
  // The parts of a date take a vector, though they can do without.
  if (count == 0 && function.most == 1 && function.returns == ValueType::kVector) arguments = "m";
  return fmt::format("{}({})", function.name, arguments);
}

std::vector<std::string> expressions() {
  std::vector<std::string> out = {"m",
                                  "m offset 30s",
                                  "m{g=\"7\"}",
                                  "m{pid=~\".*7\"}",
                                  "m > 1e6",
                                  "-m",
                                  "m + c",
                                  "m + on(pid) c",
                                  "m and c",
                                  "m or c",
                                  "m unless c",
                                  "m * on(g) group_left() sum by (g) (c)",
                                  "max_over_time(m[30s:5s])"};
  for (const char* op : {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count"}) {
    out.push_back(fmt::format("{} by (g) (m)", op));
  }
  out.insert(out.end(), {"sum(m)", "sum without (pid) (m)", "quantile by (g) (0.9, m)", "topk(10, m)", "bottomk(10, m)",
                         "topk by (g) (1, m)", "count_values(\"v\", m)"});
  for (const std::string_view name : function_names()) out.push_back(call_of(*find_function(name)));
  return out;
}

int bench(bool check) {
  const std::vector<std::string> texts = expressions();
  std::vector<std::array<double, kSizes.size()>> times(texts.size());
  for (std::size_t size = 0; size < kSizes.size(); ++size) {
    const Hosts hosts(kSizes[size]);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto time = hosts.time(texts[i], check ? 2 : 5);
      if (!time) {
        fmt::print("{}: no value\n", texts[i]);
        return 1;
      }
      times[i][size] = *time;
    }
  }
  bool linear = true;
  std::puts("| expression | 1,000 series | 10,000 | 50,000 | growth |\n|---|---|---|---|---|");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& [small, middle, large] = times[i];
    const bool counts = large >= kLeastMs;
    const double growth = large / small / (static_cast<double>(kAll) / kSizes[0]);
    const bool failed = counts && growth > kMostGrowth;
    linear = linear && !failed;
    fmt::print("| `{}` | {:.3f} ms | {:.2f} ms | {:.2f} ms | {} |{}\n", texts[i], small, middle, large,
               counts ? fmt::format("{:.1f}", growth) : "–", failed ? " <- more than linear" : "");
  }
  return check && !linear ? 1 : 0;
}

}  // namespace
}  // namespace pmon::promql

int main(int argc, char** argv) { return pmon::promql::bench(argc > 1 && std::strcmp(argv[1], "--check") == 0); }
