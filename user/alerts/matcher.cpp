// SPDX-License-Identifier: Apache-2.0
#include "alerts/matcher.h"

#include <algorithm>

#include <re2/re2.h>

namespace pmon::alerts {
namespace {

std::string_view sign(LabelMatcher::Op op) {
  switch (op) {
    case LabelMatcher::Op::kEqual: return "=";
    case LabelMatcher::Op::kNotEqual: return "!=";
    case LabelMatcher::Op::kMatches: return "=~";
    case LabelMatcher::Op::kNotMatches: return "!~";
  }
  return "";
}

}  // namespace

Result<LabelMatcher> LabelMatcher::make(std::string label, Op op, std::string value) {
  LabelMatcher matcher(std::move(label), op, std::move(value));
  if (op == Op::kMatches || op == Op::kNotMatches) {
    matcher.regex_ = std::make_shared<RE2>(matcher.value_, RE2::Quiet);
    if (!matcher.regex_->ok()) {
      return fail(ErrorKind::kUsage,
                  "matcher on '" + matcher.label_ + "': bad regular expression: " + matcher.regex_->error());
    }
  }
  return matcher;
}

LabelMatcher LabelMatcher::equal(std::string label, std::string value) {
  return {std::move(label), Op::kEqual, std::move(value)};
}

bool LabelMatcher::matches_value(std::string_view value) const {
  const auto full_match = [&] { return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_); };
  switch (op_) {
    case Op::kEqual: return value == value_;
    case Op::kNotEqual: return value != value_;
    case Op::kMatches: return full_match();
    case Op::kNotMatches: return !full_match();
  }
  return false;
}

std::string LabelMatcher::text() const {
  std::string out = label_;
  out += sign(op_);
  out += '"';
  for (const char c : value_) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

std::string text_of(std::span<const LabelMatcher> matchers) {
  std::string out = "{";
  for (const LabelMatcher& matcher : matchers) {
    if (out.size() > 1) out += ',';
    out += matcher.text();
  }
  return out + "}";
}

bool match_all(std::span<const LabelMatcher> matchers, const Labels& labels) {
  return std::ranges::all_of(matchers, [&](const LabelMatcher& matcher) { return matcher.matches(labels); });
}

}  // namespace pmon::alerts
