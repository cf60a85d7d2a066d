// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "pmon/snapshot.h"

namespace pmon::recording {

// An integer of the kind T. Throws Json::exception where there is none or it does not fit: json.get<T>() itself makes
// something of any number, of one that is too great anything.
template <typename T, typename Json>
T integer_of(const Json& json) {
  const bool fits = json.is_number_unsigned()
                        ? std::in_range<T>(json.template get<std::uint64_t>())
                        : json.is_number_integer() && std::in_range<T>(json.template get<std::int64_t>());
  if (!fits) throw Json::type_error::create(302, json.dump() + " is no integer of the kind that belongs here", &json);
  return json.template get<T>();
}

// Milliseconds within which differences of times cannot overflow.
template <typename Json>
Timestamp time_of(const Json& json) {
  constexpr Timestamp kMost = Timestamp{1} << 53;
  const auto time = integer_of<Timestamp>(json);
  if (time > kMost || time < -kMost) throw Json::out_of_range::create(406, json.dump() + " is no time", &json);
  return time;
}

}  // namespace pmon::recording
