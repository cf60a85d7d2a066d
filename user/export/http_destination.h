// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "delivery/http_client.h"

namespace pmon {

// Each item is the body of one POST.
class HttpDestination : public delivery::Destination {
 public:
  using Body = std::string (*)(const delivery::Item&);

  // `request` is what all have in common; `body`: what to send of an item, where that is not the item itself.
  HttpDestination(delivery::HttpOptions options, delivery::HttpRequest request, Body body = nullptr);
  [[nodiscard]] delivery::Outcome send(const delivery::Item& item, delivery::Deadline deadline) override;

 private:
  delivery::HttpClient client_;
  delivery::HttpRequest request_;
  Body body_;
};

}  // namespace pmon
