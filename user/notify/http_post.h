// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/secret.h"
#include "delivery/http_client.h"

namespace pmon::notify {

// "https://hooks.slack.com/…": of an address whose path may be a secret, too.
[[nodiscard]] std::string shown_origin(const config::Secret& url);

// A POST of JSON; `body` must outlive it. Messages name no more of the address than shown_origin().
[[nodiscard]] delivery::HttpRequest json_post(const config::Secret& url, std::string_view body);

// What a robot says with its 200: {"errcode":0,"errmsg":"ok"}. Codes other than 0 are rejected, but for those that a
// later attempt may get past.
[[nodiscard]] delivery::Outcome outcome_of_errcode(const delivery::HttpRequest& request,
                                                   const Result<delivery::HttpResponse>& response,
                                                   std::span<const int> retry_codes);

}  // namespace pmon::notify
