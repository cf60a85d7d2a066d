// SPDX-License-Identifier: Apache-2.0
#include "alerts/active_alert.h"

namespace pmon::alerts {

Labels ActiveAlert::annotations() const {
  Labels present;
  for (const auto& [name, text] : all_annotations()) present.set(name, text);
  return present;
}

std::map<std::string, std::string> ActiveAlert::all_annotations() const {
  std::map<std::string, std::string> expanded;
  if (!texts) return expanded;
  const rules::TemplateData data{&sample_labels, &texts->external_labels, texts->external_url, value};
  for (const rules::TemplatedLabel& annotation : texts->annotations) {
    expanded[annotation.name] = annotation.value.expand_or_error(data);
  }
  return expanded;
}

}  // namespace pmon::alerts
