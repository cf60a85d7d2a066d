// SPDX-License-Identifier: Apache-2.0
#include "http/accept.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "http/header_text.h"

namespace pmon::http {
namespace {

// One element of a header: "text/plain;version=0.0.4;q=0.5".
struct Choice {
  std::string name;
  std::string version;  // "" where none is asked for
  double quality = 1;
};

std::vector<Choice> choices_of(std::string_view header) {
  std::vector<Choice> choices;
  while (!header.empty()) {
    std::string_view element = take_until(header, ',');
    Choice choice{.name = lower(take_until(element, ';'))};
    while (!element.empty()) {
      std::string_view value = take_until(element, ';');
      const std::string name = lower(take_until(value, '='));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      if (name == "version") choice.version = value;
      if (name == "q" && std::from_chars(value.data(), value.data() + value.size(), choice.quality).ec != std::errc()) {
        choice.quality = 0;
      }
    }
    if (!choice.name.empty()) choices.push_back(std::move(choice));
  }
  return choices;
}

// How much a media type is wanted: by the most specific range that means it.
double quality_of(const std::vector<Choice>& choices, std::string_view type, std::string_view version) {
  const std::string any_subtype = std::string(type.substr(0, type.find('/'))) + "/*";
  int best = 0;
  double quality = 0;
  for (const Choice& choice : choices) {
    int specific = 0;
    if (choice.name == type && (choice.version.empty() || choice.version == version)) {
      specific = choice.version.empty() ? 3 : 4;
    } else if (choice.name == any_subtype) {
      specific = 2;
    } else if (choice.name == "*/*") {
      specific = 1;
    }
    if (specific > best) {
      best = specific;
      quality = choice.quality;
    }
  }
  return quality;
}

}  // namespace

exposition::Format exposition_format(std::string_view accept) {
  const std::vector<Choice> choices = choices_of(accept);
  const double open = quality_of(choices, "application/openmetrics-text", "1.0.0");
  const double text = quality_of(choices, "text/plain", "0.0.4");
  return open > text ? exposition::Format::kOpenMetrics : exposition::Format::kText;
}

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<double> gzip;
  double any = 0;
  for (const Choice& choice : choices_of(accept_encoding)) {
    if (choice.name == "gzip" || choice.name == "x-gzip") gzip = choice.quality;
    if (choice.name == "*") any = choice.quality;
  }
  return gzip.value_or(any) > 0;
}

}  // namespace pmon::http
