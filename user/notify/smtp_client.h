// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "delivery/destination.h"
#include "notify/email.h"

namespace pmon::notify {

struct Envelope {
  std::string from;
  std::vector<std::string> to;  // bare addresses
};

// One conversation with the server of the options, over libcurl. The server's 4xx try again later, its 5xx are final;
// a mail goes to all its recipients or to none.
[[nodiscard]] delivery::Outcome send_mail(const EmailOptions& options, const Envelope& envelope, std::string_view mail,
                                          delivery::Deadline deadline);

}  // namespace pmon::notify
