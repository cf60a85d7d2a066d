// SPDX-License-Identifier: Apache-2.0
// Functions of one value.
#include <cmath>
#include <limits>
#include <numbers>

#include "promql/functions.h"
#include "promql/go_math.h"

namespace pmon::promql {

namespace {

double sgn(double v, std::span<const double>) { return v < 0 ? -1 : v > 0 ? 1 : v; }
double clamp_min(double v, std::span<const double> scalars) { return go_max(scalars[0], v); }
double clamp_max(double v, std::span<const double> scalars) { return go_min(scalars[0], v); }
double round(double v, std::span<const double> scalars) {
  const double inverse = 1.0 / (scalars.empty() ? 1.0 : scalars[0]);
  return std::floor(v * inverse + 0.5) / inverse;
}
double rad(double v, std::span<const double>) { return v * std::numbers::pi / 180; }
double deg(double v, std::span<const double>) { return v * 180 / std::numbers::pi; }

template <double (*kFunction)(double)>
double plain(double v, std::span<const double>) {
  return kFunction(v);
}

template <double (*kFunction)(double)>
constexpr Function of_value(std::string_view name) {
  return {
      .name = name, .arguments = {ValueType::kVector}, .least = 1, .most = 1, .body = ValueFunction(plain<kFunction>)};
}
constexpr Function of_value(std::string_view name, ValueFunction body, std::size_t scalars = 0) {
  return {.name = name,
          .arguments = {ValueType::kVector, ValueType::kScalar, ValueType::kScalar},
          .least = 1 + scalars,
          .most = 1 + scalars,
          .body = body};
}

constexpr Function kMathRows[] = {
    of_value<std::fabs>("abs"),
    of_value<std::ceil>("ceil"),
    of_value<std::floor>("floor"),
    of_value<std::exp>("exp"),
    of_value<std::sqrt>("sqrt"),
    of_value<std::log>("ln"),
    of_value<std::log2>("log2"),
    of_value<std::log10>("log10"),
    of_value<std::sin>("sin"),
    of_value<std::cos>("cos"),
    of_value<std::tan>("tan"),
    of_value<std::asin>("asin"),
    of_value<std::acos>("acos"),
    of_value<std::atan>("atan"),
    of_value<std::sinh>("sinh"),
    of_value<std::cosh>("cosh"),
    of_value<std::tanh>("tanh"),
    of_value<std::asinh>("asinh"),
    of_value<std::acosh>("acosh"),
    of_value<std::atanh>("atanh"),
    of_value("sgn", sgn),
    of_value("rad", rad),
    of_value("deg", deg),
    of_value("clamp_min", clamp_min, 1),
    of_value("clamp_max", clamp_max, 1),
    {.name = "round", .arguments = {ValueType::kVector, ValueType::kScalar}, .least = 1, .most = 2, .body = round},
};

}  // namespace

constinit const std::span<const Function> kMathFunctions = kMathRows;

}  // namespace pmon::promql
