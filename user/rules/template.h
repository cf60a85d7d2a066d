// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "pmon/labels.h"
#include "pmon/result.h"

namespace pmon::rules {

// What a template may speak of: $labels, $externalLabels, $externalURL, $value.
struct TemplateData {
  const Labels* labels;
  const Labels* external_labels;
  std::string_view external_url;
  double value = 0;
};

struct TemplateNode;

// An annotation or label template: the part of Go's text/template that Prometheus rules use, with
// Prometheus's functions. Immutable; copies share the tree.
class Template {
 public:
  struct ParseError {
    std::size_t offset;  // byte of the template's text
    std::string message;
  };
  [[nodiscard]] static std::expected<Template, ParseError> parse(std::string_view text);

  // A template without actions: the same text for every alert.
  [[nodiscard]] bool is_static() const;
  [[nodiscard]] Result<std::string> expand(const TemplateData& data) const;
  // As Prometheus puts it into an alert: a failure becomes the text "<error expanding template: …>".
  [[nodiscard]] std::string expand_or_error(const TemplateData& data) const;

 private:
  std::shared_ptr<const TemplateNode> root_;
};

}  // namespace pmon::rules
