// SPDX-License-Identifier: Apache-2.0
#include "export/exposition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "export/utf8.h"

namespace pmon::exposition {

namespace {

constexpr std::string_view kTotal = "_total";
constexpr std::array<std::string_view, 3> kUnits = {"seconds", "bytes", "ratio"};

std::string_view type_name(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter: return "counter";
    case MetricKind::kGauge: return "gauge";
  }
  return "untyped";
}

bool needs_no_escape(char c) { return c != '\\' && c != '\n' && c != '"' && static_cast<unsigned char>(c) < 0x80; }

void append_escaped(std::string& out, std::string_view value, bool quote) {
  if (std::ranges::all_of(value, needs_no_escape)) {  // nearly all are such, and an exposition has very many
    out += value;
    return;
  }
  for (const char c : valid_utf8(value)) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quote) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

// Shortest digits and exponent, as of "-1.25e+03", as fixed notation: "-1250".
void append_fixed(std::string& out, std::string_view mantissa, int exponent) {
  if (mantissa.front() == '-') {
    out += '-';
    mantissa.remove_prefix(1);
  }
  const std::string_view fraction = mantissa.size() > 2 ? mantissa.substr(2) : std::string_view();
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent - 1), '0');
    out += mantissa.front();
    out += fraction;
    return;
  }
  const auto whole = static_cast<std::size_t>(exponent);
  out += mantissa.front();
  out += fraction.substr(0, whole);
  if (fraction.size() < whole) out.append(whole - fraction.size(), '0');
  if (fraction.size() > whole) {
    out += '.';
    out += fraction.substr(whole);
  }
}

void append_value(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, 32> buffer;
  const auto scientific = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific);
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(scientific.ptr - buffer.data()));
  int exponent = 0;
  const std::size_t e = digits.find('e');
  const std::size_t first = e + (digits[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits.data() + first, digits.data() + digits.size(), exponent);
  if (exponent < -4 || exponent >= 6) {  // Go's choice for the shortest form
    out += digits;
  } else {
    append_fixed(out, digits.substr(0, e), exponent);
  }
}

void append_sample(std::string& out, std::string_view name, const Sample& sample) {
  out += name;
  char separator = '{';
  for (const auto& [label, value] : sample.labels) {
    if (label == kNameLabel) continue;
    out += separator;
    out += label;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
    separator = ',';
  }
  if (separator == ',') out += '}';
  out += ' ';
  append_value(out, sample.value);
  out += '\n';
}

void append_metadata(std::string& out, std::string_view keyword, std::string_view name) {
  out += "# ";
  out += keyword;
  out += ' ';
  out += name;
  out += ' ';
}

// OpenMetrics wants a unit to be the end of the family's name.
std::string_view unit_of(std::string_view name) {
  for (const std::string_view unit : kUnits) {
    if (name.size() > unit.size() && name.ends_with(unit) && name[name.size() - unit.size() - 1] == '_') return unit;
  }
  return {};
}

std::string all(std::span<const Family> families, Format format) {
  std::string out;
  for (const Family& family : families) append_family(out, family, format);
  out += end_of(format);
  return out;
}

}  // namespace

std::string format_value(double value) {
  std::string out;
  append_value(out, value);
  return out;
}

void append_family(std::string& out, const Family& family, Format format) {
  if (family.samples.empty()) return;
  const bool open = format == Format::kOpenMetrics;
  std::string_view family_name = family.name;
  std::string sample_name = family.name;
  if (open && family.kind == MetricKind::kCounter) {
    if (family_name.ends_with(kTotal)) {
      family_name.remove_suffix(kTotal.size());
    } else {
      sample_name += kTotal;
    }
  }
  append_metadata(out, "HELP", family_name);
  append_escaped(out, family.help, open);  // 0.0.4 leaves quotes in a help text alone
  out += '\n';
  append_metadata(out, "TYPE", family_name);
  out += type_name(family.kind);
  out += '\n';
  if (const std::string_view unit = unit_of(family_name); open && !unit.empty()) {
    append_metadata(out, "UNIT", family_name);
    out += unit;
    out += '\n';
  }
  for (const Sample& sample : family.samples) append_sample(out, sample_name, sample);
}

std::string_view end_of(Format format) {
  switch (format) {
    case Format::kText: return "";
    case Format::kOpenMetrics: return "# EOF\n";
  }
  return "";
}

std::string text(std::span<const Family> families) { return all(families, Format::kText); }

std::string openmetrics(std::span<const Family> families) { return all(families, Format::kOpenMetrics); }

}  // namespace pmon::exposition
