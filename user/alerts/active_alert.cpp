// SPDX-License-Identifier: Apache-2.0
#include "alerts/active_alert.h"

namespace pmon::alerts {

Labels ActiveAlert::annotations() const {
  Labels expanded;
  if (!texts) return expanded;
  const rules::TemplateData data{&sample_labels, &texts->external_labels, "", value};
  for (const rules::TemplatedLabel& annotation : texts->annotations) {
    expanded.set(annotation.name, annotation.value.expand_or_error(data));
  }
  return expanded;
}

}  // namespace pmon::alerts
