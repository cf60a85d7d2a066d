// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/rfc3339.h"
#include "alerts/silences.h"
#include "pmon/suggest.h"

namespace pmon::alerts {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSilencesVersion = 1;
constexpr std::array<std::string_view, 2> kSilenceFileKeys = {"version", "silences"};
constexpr std::array<std::string_view, 7> kSilenceKeys = {"id",        "matchers",  "startsAt", "endsAt",
                                                          "updatedAt", "createdBy", "comment"};
constexpr std::array<std::string_view, 4> kMatcherKeys = {"name", "value", "isRegex", "isEqual"};

bool is_regex(LabelMatcher::Op op) { return op == LabelMatcher::Op::kMatches || op == LabelMatcher::Op::kNotMatches; }
bool is_equal(LabelMatcher::Op op) { return op == LabelMatcher::Op::kEqual || op == LabelMatcher::Op::kMatches; }

LabelMatcher::Op op_of(bool regex, bool equal) {
  if (regex) return equal ? LabelMatcher::Op::kMatches : LabelMatcher::Op::kNotMatches;
  return equal ? LabelMatcher::Op::kEqual : LabelMatcher::Op::kNotEqual;
}

Json json_of(const Silence& silence) {
  Json matchers = Json::array();
  for (const LabelMatcher& matcher : silence.matchers) {
    matchers.push_back({{"name", matcher.label()},
                        {"value", matcher.value()},
                        {"isRegex", is_regex(matcher.op())},
                        {"isEqual", is_equal(matcher.op())}});
  }
  return {{"id", silence.id},
          {"matchers", std::move(matchers)},
          {"startsAt", format_rfc3339(silence.starts_at)},
          {"endsAt", format_rfc3339(silence.ends_at)},
          {"updatedAt", format_rfc3339(silence.updated_at)},
          {"createdBy", silence.created_by},
          {"comment", silence.comment}};
}

// Bytes that are no UTF-8 become U+FFFD: a comment from a terminal of another encoding is no reason to fail.
std::string text_of_json(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

// Thrown within this file only.
struct Wrong {
  std::string message;
};

[[noreturn]] void wrong(const std::string& where, std::string_view expected) {
  throw Wrong{fmt::format("{}: {}", where.empty() ? "the file" : where, expected)};
}

template <std::size_t N>
void check_keys(const Json& object, const std::string& where, const std::array<std::string_view, N>& known) {
  if (!object.is_object()) wrong(where, "must be an object");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      wrong(where, fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)));
    }
  }
  for (const std::string_view key : known) {
    if (!object.contains(key)) wrong(where, fmt::format("key '{}' is missing", key));
  }
}

std::string string_at(const Json& object, const std::string& where, const char* key) {
  if (!object[key].is_string()) wrong(where + '.' + key, "must be a string");
  return object[key].get<std::string>();
}

bool bool_at(const Json& object, const std::string& where, const char* key) {
  if (!object[key].is_boolean()) wrong(where + '.' + key, "must be true or false");
  return object[key].get<bool>();
}

Timestamp time_at(const Json& object, const std::string& where, const char* key) {
  const auto time = parse_rfc3339(string_at(object, where, key));
  if (!time) wrong(where + '.' + key, "must be a time such as 2026-11-23T14:03:22Z");
  return *time;
}

LabelMatcher read_matcher(const Json& json, const std::string& where) {
  check_keys(json, where, kMatcherKeys);
  const LabelMatcher::Op op = op_of(bool_at(json, where, "isRegex"), bool_at(json, where, "isEqual"));
  auto made = LabelMatcher::make(string_at(json, where, "name"), op, string_at(json, where, "value"));
  if (!made) wrong(where, made.error().message);
  return std::move(*made);
}

Silence read_silence(const Json& json, const std::string& where) {
  check_keys(json, where, kSilenceKeys);
  Silence silence{string_at(json, where, "id"),      {},
                  time_at(json, where, "startsAt"),  time_at(json, where, "endsAt"),
                  time_at(json, where, "updatedAt"), string_at(json, where, "createdBy"),
                  string_at(json, where, "comment")};
  const Json& matchers = json["matchers"];
  if (!matchers.is_array()) wrong(where + ".matchers", "must be an array");
  for (std::size_t i = 0; i < matchers.size(); ++i) {
    silence.matchers.push_back(read_matcher(matchers[i], fmt::format("{}.matchers[{}]", where, i)));
  }
  return silence;
}

Silences read_file(const Json& json) {
  check_keys(json, "", kSilenceFileKeys);
  if (!json["version"].is_number_integer() || json["version"].get<std::int64_t>() != kSilencesVersion) {
    wrong("version", fmt::format("is {}, and this pmon reads {}", json["version"].dump(), kSilencesVersion));
  }
  const Json& list = json["silences"];
  if (!list.is_array()) wrong("silences", "must be an array");
  Silences silences;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("silences[{}]", i);
    if (const auto done = silences.insert(read_silence(list[i], where)); !done) wrong(where, done.error().text());
  }
  return silences;
}

}  // namespace

std::string silences_text(const Silences& silences) {
  Json list = Json::array();
  for (const Silence& silence : silences.all()) list.push_back(json_of(silence));
  return text_of_json({{"version", kSilencesVersion}, {"silences", std::move(list)}});
}

std::string silences_json(std::span<const Silence> silences, Timestamp t) {
  Json list = Json::array();
  for (const Silence& silence : silences) {
    Json json = json_of(silence);
    json["status"] = {{"state", name_of(state_of(silence, t))}};
    list.push_back(std::move(json));
  }
  return text_of_json(list);
}

Result<Silences> parse_silences(std::string_view text) {
  try {
    return read_file(Json::parse(text));
  } catch (const Wrong& error) {
    return fail(ErrorKind::kUsage, error.message);
  } catch (const Json::exception& error) {
    return fail(ErrorKind::kUsage, fmt::format("not valid JSON: {}", error.what()));
  }
}

}  // namespace pmon::alerts
