// SPDX-License-Identifier: Apache-2.0
#include "rules/template_functions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <compare>
#include <optional>
#include <vector>

#include <re2/re2.h>

#include "config/duration.h"
#include "pmon/suggest.h"
#include "promql/regex_expand.h"
#include "rules/humanize.h"
#include "rules/template_texts.h"

namespace pmon::rules {
namespace {

using Args = std::span<const TemplateValue>;

std::unexpected<Error> bad(std::string message) { return fail(ErrorKind::kUsage, std::move(message)); }

Result<std::string> text_arg(const TemplateValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return bad("wrong type for value; expected string; got " + std::string(type_name(value)));
}

// Prometheus's functions of one number that print it.
template <std::string (*kFormat)(double)>
Result<TemplateValue> of_number(Args args) {
  const Result<double> number = to_float(args[0]);
  if (!number) return std::unexpected(number.error());
  return kFormat(*number);
}

Result<TemplateValue> humanize_timestamp_of(Args args) {
  const Result<double> number = to_float(args[0]);
  if (!number) return std::unexpected(number.error());
  std::optional<std::string> text = humanize_timestamp(*number);
  if (!text) {
    return bad(print(*number) + " cannot be represented as a nanoseconds timestamp since it overflows int64");
  }
  return std::move(*text);
}

// A time that can be printed only.
Result<TemplateValue> to_time(Args args) {
  const Result<double> number = to_float(args[0]);
  if (number && !std::isfinite(*number)) return bad("value is NaN or Inf");
  return humanize_timestamp_of(args);
}

// html and urlquery take anything, printed as by print.
template <std::string (*kEscape)(const std::string&)>
Result<TemplateValue> escaped(Args args) {
  std::vector<TemplateValue> printable(args.begin(), args.end());
  for (TemplateValue& value : printable) {
    if (std::holds_alternative<Nil>(value)) value = print(value);
  }
  return kEscape(go_sprint(printable));
}

std::string unchanged(const std::string& text) { return text; }

template <std::string (*kChange)(const std::string&)>
Result<TemplateValue> of_text(Args args) {
  const Result<std::string> text = text_arg(args[0]);
  if (!text) return std::unexpected(text.error());
  return kChange(*text);
}

Result<std::vector<std::string>> text_args(Args args) {
  std::vector<std::string> texts;
  for (const TemplateValue& arg : args) {
    Result<std::string> text = text_arg(arg);
    if (!text) return std::unexpected(text.error());
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::unexpected<Error> bad_regex(const RE2& regex) { return bad("error parsing regexp: " + regex.error()); }

Result<TemplateValue> match(Args args) {
  const auto texts = text_args(args);
  if (!texts) return std::unexpected(texts.error());
  const RE2 regex((*texts)[0], RE2::Quiet);
  if (!regex.ok()) return bad_regex(regex);
  return RE2::PartialMatch((*texts)[1], regex);
}

// Of the one at `at`, in bytes; 1 at the end and for bytes that are no UTF-8.
std::size_t character_size(std::string_view text, std::size_t at) {
  static const RE2 character("(?s).");
  re2::StringPiece rest(text.data() + at, text.size() - at);
  const std::size_t before = rest.size();
  return RE2::Consume(&rest, character) ? before - rest.size() : 1;
}

Result<TemplateValue> replace_all(Args args) {
  const auto texts = text_args(args);
  if (!texts) return std::unexpected(texts.error());
  const RE2 regex((*texts)[0], RE2::Quiet);
  if (!regex.ok()) return bad_regex(regex);
  const std::string& text = (*texts)[2];
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  std::string out;
  std::size_t copied = 0;
  std::size_t from = 0;
  bool matched_before = false;
  while (from <= text.size() &&
         regex.Match(text, from, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    const std::size_t end = begin + groups[0].size();
    // An empty match right behind a match is none.
    if (!(groups[0].empty() && matched_before && begin == copied)) {
      out += text.substr(copied, begin - copied);
      out += promql::regex_expand((*texts)[1], regex, groups);
      copied = end;
      matched_before = true;
    }
    from = groups[0].empty() ? end + character_size(text, end) : end;
  }
  return out + text.substr(std::min(copied, text.size()));
}

Result<TemplateValue> parse_duration_of(Args args) {
  const Result<std::string> text = text_arg(args[0]);
  if (!text) return std::unexpected(text.error());
  const std::optional<Timestamp> ms = config::parse_duration(*text);
  if (!ms) return bad("not a valid duration string: " + quoted(*text));
  return static_cast<double>(*ms) / 1000;
}

Result<TemplateValue> printf_of(Args args) {
  const Result<std::string> format = text_arg(args[0]);
  if (!format) return std::unexpected(format.error());
  return go_sprintf(*format, args.subspan(1));
}

Result<TemplateValue> print_of(Args args) { return go_sprint(args); }

Result<TemplateValue> println_of(Args args) {
  std::string out;
  for (const TemplateValue& arg : args) out += (out.empty() ? "" : " ") + go_sprint({&arg, 1});
  return out + "\n";
}

// Compares as Go templates do: kinds must agree, there is no conversion.
Result<std::partial_ordering> compare(const TemplateValue& a, const TemplateValue& b) {
  const bool comparable = !std::holds_alternative<const Labels*>(a) && !std::holds_alternative<const TemplateData*>(a);
  if (!comparable) return bad("invalid type for comparison");
  if (a.index() != b.index()) return bad("incompatible types for comparison");
  if (const auto* text = std::get_if<std::string>(&a)) return *text <=> std::get<std::string>(b);
  if (const auto* number = std::get_if<double>(&a)) return *number <=> std::get<double>(b);
  if (const auto* number = std::get_if<std::int64_t>(&a)) return *number <=> std::get<std::int64_t>(b);
  if (const auto* truth = std::get_if<bool>(&a)) return *truth <=> std::get<bool>(b);
  return std::partial_ordering::equivalent;
}

Result<TemplateValue> equal_any(Args args) {
  for (const TemplateValue& other : args.subspan(1)) {
    const auto order = compare(args[0], other);
    if (!order) return std::unexpected(order.error());
    if (*order == 0) return true;
  }
  return false;
}

// Go's gt and ge are the opposites of its le and lt, so that they hold for NaN.
bool is_less(std::partial_ordering order) { return order < 0; }
bool is_less_or_equal(std::partial_ordering order) { return order <= 0; }
bool is_greater(std::partial_ordering order) { return !(order <= 0); }
bool is_greater_or_equal(std::partial_ordering order) { return !(order < 0); }

template <bool (*kHolds)(std::partial_ordering)>
Result<TemplateValue> ordered(Args args) {
  const bool ranked = !std::holds_alternative<bool>(args[0]) && !std::holds_alternative<Nil>(args[0]);
  if (!ranked) return bad("invalid type for comparison");
  const auto order = compare(args[0], args[1]);
  if (!order) return std::unexpected(order.error());
  return kHolds(*order);
}

Result<TemplateValue> not_equal(Args args) {
  const auto order = compare(args[0], args[1]);
  if (!order) return std::unexpected(order.error());
  return *order != 0;
}

// `and` and `or` get their arguments one by one from the executor, which stops early; these finish the job.
Result<TemplateValue> and_of(Args args) {
  for (const TemplateValue& arg : args) {
    if (!is_true(arg)) return arg;
  }
  return args.back();
}

Result<TemplateValue> or_of(Args args) {
  for (const TemplateValue& arg : args) {
    if (is_true(arg)) return arg;
  }
  return args.back();
}

Result<TemplateValue> not_of(Args args) { return !is_true(args[0]); }

Result<TemplateValue> length(Args args) {
  if (const auto* text = std::get_if<std::string>(&args[0])) return static_cast<std::int64_t>(text->size());
  if (const auto* labels = std::get_if<const Labels*>(&args[0])) return static_cast<std::int64_t>((*labels)->size());
  return bad("len of type " + std::string(type_name(args[0])));
}

// As Go: 0 to length.
Result<std::size_t> position_arg(const TemplateValue& value, std::size_t most) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return bad("cannot index slice/array with type " + std::string(type_name(value)));
  if (*number < 0 || static_cast<std::size_t>(*number) > most) {
    return bad("index out of range: " + std::to_string(*number));
  }
  return static_cast<std::size_t>(*number);
}

Result<TemplateValue> byte_of(const std::string& text, const TemplateValue& at) {
  const Result<std::size_t> index = position_arg(at, text.size());
  if (!index) return std::unexpected(index.error());
  if (*index == text.size()) return bad("reflect: string index out of range");
  return static_cast<std::int64_t>(static_cast<unsigned char>(text[*index]));
}

Result<TemplateValue> slice_of(Args args) {
  const auto* text = std::get_if<std::string>(&args[0]);
  if (text == nullptr) return bad("can't slice item of type " + std::string(type_name(args[0])));
  std::size_t bounds[2] = {0, text->size()};
  for (std::size_t i = 1; i < args.size(); ++i) {
    const Result<std::size_t> bound = position_arg(args[i], text->size());
    if (!bound) return std::unexpected(bound.error());
    bounds[i - 1] = *bound;
  }
  if (bounds[0] > bounds[1]) {
    return bad("invalid slice index: " + std::to_string(bounds[0]) + " > " + std::to_string(bounds[1]));
  }
  return text->substr(bounds[0], bounds[1] - bounds[0]);
}

Result<TemplateValue> index_of(Args args) {
  if (const auto* text = std::get_if<std::string>(&args[0])) return byte_of(*text, args[1]);
  const auto* labels = std::get_if<const Labels*>(&args[0]);
  if (labels == nullptr) return bad("can't index item of type " + std::string(type_name(args[0])));
  const Result<std::string> name = text_arg(args[1]);
  if (!name) return std::unexpected(name.error());
  return std::string((*labels)->get(*name));
}

constexpr TemplateFunction kFunctions[] = {
    {"and", 1, kAnyNumber, and_of},
    {"eq", 2, kAnyNumber, equal_any},
    {"ge", 2, 2, ordered<is_greater_or_equal>},
    {"graphLink", 1, 1, of_text<graph_link>},
    {"gt", 2, 2, ordered<is_greater>},
    {"html", 1, kAnyNumber, escaped<html_escaped>},
    {"humanize", 1, 1, of_number<humanize>},
    {"humanize1024", 1, 1, of_number<humanize1024>},
    {"humanizeDuration", 1, 1, of_number<humanize_duration>},
    {"humanizePercentage", 1, 1, of_number<humanize_percentage>},
    {"humanizeTimestamp", 1, 1, humanize_timestamp_of},
    {"index", 2, 2, index_of},
    {"le", 2, 2, ordered<is_less_or_equal>},
    {"len", 1, 1, length},
    {"lt", 2, 2, ordered<is_less>},
    {"match", 2, 2, match},
    {"ne", 2, 2, not_equal},
    {"not", 1, 1, not_of},
    {"or", 1, kAnyNumber, or_of},
    {"parseDuration", 1, 1, parse_duration_of},
    {"print", 0, kAnyNumber, print_of},
    {"printf", 1, kAnyNumber, printf_of},
    {"println", 0, kAnyNumber, println_of},
    {"reReplaceAll", 3, 3, replace_all},
    {"safeHtml", 1, 1, of_text<unchanged>},
    {"slice", 1, 3, slice_of},
    {"stripDomain", 1, 1, of_text<strip_domain>},
    {"stripPort", 1, 1, of_text<strip_port>},
    {"tableLink", 1, 1, of_text<table_link>},
    {"title", 1, 1, of_text<title>},
    {"toLower", 1, 1, of_text<to_lower>},
    {"toTime", 1, 1, to_time},
    {"toUpper", 1, 1, of_text<to_upper>},
    {"urlquery", 1, kAnyNumber, escaped<url_escaped>},
};

// They need a query, a page or a value that a single alert does not have.
constexpr std::string_view kNotHere[] = {"args",       "call",  "externalURL", "first",    "js",   "label",
                                         "pathPrefix", "query", "sortByLabel", "strvalue", "tmpl", "value"};

}  // namespace

const TemplateFunction* find_template_function(std::string_view name) {
  const auto* at = std::ranges::find(kFunctions, name, &TemplateFunction::name);
  return at == std::end(kFunctions) ? nullptr : at;
}

std::string unknown_function_hint(std::string_view name) {
  if (std::ranges::find(kNotHere, name) != std::end(kNotHere)) return " (Prometheus has it, pmon does not)";
  std::vector<std::string_view> names;
  for (const TemplateFunction& function : kFunctions) names.push_back(function.name);
  return did_you_mean(name, names);
}

}  // namespace pmon::rules
