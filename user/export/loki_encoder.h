// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "export/push_exporter.h"

namespace pmon {

// Events as bodies of Loki's push API. The labels of a stream are those given (host, job), the event's `type`, and of
// an alert its `severity` and `alertname`: words of small vocabularies. Everything else is in the line.
class LokiEncoder : public Encoder {
 public:
  static constexpr std::size_t kMostLines = 1000;  // of one body

  explicit LokiEncoder(Labels labels) : labels_(std::move(labels)) {}
  [[nodiscard]] Encoded events(std::span<const EventLine> events) const override;

 private:
  Labels labels_;
};

}  // namespace pmon
