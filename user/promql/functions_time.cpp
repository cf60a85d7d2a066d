// SPDX-License-Identifier: Apache-2.0
// The time of the evaluation and of samples, and the calendar (UTC).
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include "promql/eval.h"
#include "promql/functions.h"

namespace pmon::promql {

namespace {

using Days = std::chrono::sys_days;

struct Calendar {
  Days day;
  std::chrono::year_month_day date;
  std::int64_t second_of_day;
};

Calendar calendar(double value) {
  const auto seconds = static_cast<std::int64_t>(value);
  const std::int64_t day = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
  const Days days{std::chrono::days(day)};
  return {days, std::chrono::year_month_day(days), seconds - day * 86400};
}

double day_of_month(const Calendar& c) { return static_cast<unsigned>(c.date.day()); }
double day_of_week(const Calendar& c) { return std::chrono::weekday(c.day).c_encoding(); }
double day_of_year(const Calendar& c) {
  return static_cast<double>((c.day - Days(c.date.year() / std::chrono::January / 1)).count() + 1);
}
double days_in_month(const Calendar& c) {
  return static_cast<unsigned>((c.date.year() / c.date.month() / std::chrono::last).day());
}
double hour(const Calendar& c) {
  const auto whole = c.second_of_day / 3600;
  return static_cast<double>(whole);
}
double minute(const Calendar& c) { return static_cast<double>(c.second_of_day / 60 % 60); }
double month(const Calendar& c) { return static_cast<unsigned>(c.date.month()); }
double year(const Calendar& c) { return static_cast<int>(c.date.year()); }

// Of each value, or without an argument of the evaluation time. Outside of the calendar's years: NaN.
template <double (*kPart)(const Calendar&)>
InstantVector of_time(Evaluator& evaluator, const Call& call, Timestamp t) {
  InstantVector out;
  if (call.arguments.empty()) {
    const Timestamp seconds = t / 1000;
    out.elements.push_back(evaluator.element({}, static_cast<double>(seconds)));
  } else {
    out = evaluator.vector(*call.arguments[0], t);
  }
  constexpr double kFarthest = 32767.0 * 365 * 86400;
  for (Element& element : out.elements) {
    const bool known = std::abs(element.value) < kFarthest;
    element.value = known ? kPart(calendar(element.value)) : std::numeric_limits<double>::quiet_NaN();
  }
  drop_names(out);
  return out;
}

double time(Evaluator&, const Call&, Timestamp t) { return static_cast<double>(t) / 1000; }
double pi(Evaluator&, const Call&, Timestamp) { return std::numbers::pi; }

// Of a selector, when its samples were taken; of anything else, the time of the evaluation.
InstantVector timestamp(Evaluator& evaluator, const Call& call, Timestamp t) {
  const Node& argument = *call.arguments[0];
  InstantVector out;
  if (const auto* selector = argument.as<Selector>()) {
    out = evaluator.select(*selector, t, Evaluator::Take::kTimes);
  } else {
    out = evaluator.vector(argument, t);
    for (Element& element : out.elements) element.value = static_cast<double>(t) / 1000;
  }
  drop_names(out);
  return out;
}

template <double (*kPart)(const Calendar&)>
constexpr Function calendar_function(std::string_view name) {
  return {
      .name = name, .arguments = {ValueType::kVector}, .least = 0, .most = 1, .body = VectorFunction(of_time<kPart>)};
}

constexpr Function kTimeRows[] = {
    {.name = "time", .returns = ValueType::kScalar, .body = time},
    {.name = "pi", .returns = ValueType::kScalar, .body = pi},
    {.name = "timestamp", .arguments = {ValueType::kVector}, .least = 1, .most = 1, .body = timestamp},
    calendar_function<day_of_month>("day_of_month"),
    calendar_function<day_of_week>("day_of_week"),
    calendar_function<day_of_year>("day_of_year"),
    calendar_function<days_in_month>("days_in_month"),
    calendar_function<hour>("hour"),
    calendar_function<minute>("minute"),
    calendar_function<month>("month"),
    calendar_function<year>("year"),
};

}  // namespace

constinit const std::span<const Function> kTimeFunctions = kTimeRows;

}  // namespace pmon::promql
