// SPDX-License-Identifier: Apache-2.0
// What a server answers to an alert: it is delivered, refused or tried again, and what is told of it is one short line
// without the address's secret.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "notify/http_post.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  pmon::delivery::HttpResponse response;
  response.status = 100 + (data[0] * 256 + data[1]) % 500;
  response.body.assign(reinterpret_cast<const char*>(data) + 2, size - 2);
  constexpr std::string_view kSecret = "the-hook's-secret-path";
  const auto request = pmon::notify::json_post(
      pmon::config::Secret("https://user:pass@hooks.example/" + std::string(kSecret) + "?key=k"), "{}");
  constexpr std::array kRetry{-1, 45009};
  const auto outcome = pmon::notify::outcome_of_errcode(request, response, kRetry);
  using Kind = pmon::delivery::Outcome::Kind;
  if (outcome.kind == Kind::kDelivered && response.status / 100 != 2) std::abort();
  if (outcome.what.find('\n') != std::string::npos || outcome.what.size() > 2000) std::abort();
  if (outcome.what.find(kSecret) != std::string::npos) std::abort();
  return 0;
}
