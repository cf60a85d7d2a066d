// SPDX-License-Identifier: Apache-2.0
#include "rules/template_value.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "rules/template.h"

namespace pmon::rules {
namespace {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

std::string print_map(const Labels& labels) {
  std::string out = "map[";
  for (const auto& [name, value] : labels) out += fmt::format("{}{}:{}", out.size() > 4 ? " " : "", name, value);
  return out + "]";
}

std::string print_data(const TemplateData& data) {
  return fmt::format("{{{} {} {} {}}}", print_map(*data.labels), print_map(*data.external_labels), data.external_url,
                     print(data.value));
}

// strconv.ParseFloat takes what strtod takes, underscores and surrounding space aside.
Result<double> parse_float(const std::string& text) {
  const char* begin = text.c_str();
  char* end = nullptr;
  const double value = std::strtod(begin, &end);
  const bool spaced = !text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0;
  if (text.empty() || spaced || end != begin + text.size()) {
    return fail(ErrorKind::kUsage, "strconv.ParseFloat: parsing " + quoted(text) + ": invalid syntax");
  }
  return value;
}

}  // namespace

std::string_view type_name(const TemplateValue& value) {
  return std::visit(
      Overloaded{[](Nil) { return "nil"; }, [](bool) { return "bool"; }, [](std::int64_t) { return "int"; },
                 [](double) { return "float64"; }, [](const std::string&) { return "string"; },
                 [](const Labels*) { return "map[string]string"; }, [](const TemplateData*) { return "struct"; }},
      value);
}

bool is_true(const TemplateValue& value) {
  return std::visit(
      Overloaded{[](Nil) { return false; }, [](bool b) { return b; }, [](std::int64_t i) { return i != 0; },
                 [](double d) { return d != 0; }, [](const std::string& s) { return !s.empty(); },
                 [](const Labels* labels) { return !labels->empty(); }, [](const TemplateData*) { return true; }},
      value);
}

std::string print(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  const auto scientific = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(scientific.ptr - buffer));
  const int exponent = std::atoi(std::string(text.substr(text.find('e') + 1)).c_str());
  // Go's %v: the shortest digits, with an exponent below 1e-4 and from 1e6 on, whatever their number.
  if (exponent < -4 || exponent >= 6) return std::string(text);
  const auto fixed = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return {buffer, fixed.ptr};
}

std::string print(const TemplateValue& value) {
  return std::visit(
      Overloaded{[](Nil) { return std::string("<no value>"); },
                 [](bool b) { return std::string(b ? "true" : "false"); },
                 [](std::int64_t i) { return fmt::format("{}", i); }, [](double d) { return print(d); },
                 [](const std::string& s) { return s; }, [](const Labels* labels) { return print_map(*labels); },
                 [](const TemplateData* data) { return print_data(*data); }},
      value);
}

std::string go_sprint(std::span<const TemplateValue> args) {
  std::string out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto is_string = [&](std::size_t k) { return std::holds_alternative<std::string>(args[k]); };
    if (i > 0 && !is_string(i) && !is_string(i - 1)) out += ' ';
    out += std::holds_alternative<Nil>(args[i]) ? "<nil>" : print(args[i]);
  }
  return out;
}

Result<double> to_float(const TemplateValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return parse_float(*text);
  return fail(ErrorKind::kUsage, "can't convert " + std::string(type_name(value)) + " to float");
}

}  // namespace pmon::rules
