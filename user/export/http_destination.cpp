// SPDX-License-Identifier: Apache-2.0
#include "export/http_destination.h"

#include <utility>

namespace pmon {

HttpDestination::HttpDestination(delivery::HttpOptions options, delivery::HttpRequest request, Body body)
    : client_(std::move(options)), request_(std::move(request)), body_(body) {}

delivery::Outcome HttpDestination::send(const delivery::Item& item, delivery::Deadline deadline) {
  const std::string made = body_ == nullptr ? std::string() : body_(item);
  delivery::HttpRequest request = request_;
  request.body = body_ == nullptr ? item.body : made;
  return delivery::outcome_of(request, client_.send(request, deadline));
}

}  // namespace pmon
