// SPDX-License-Identifier: Apache-2.0
// The web configuration file, in Prometheus's format.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/web_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = pmon::http::parse_web_config({reinterpret_cast<const char*>(data), size}, "/etc/pmon/web.yml");
  if (config && config->tls && (config->tls->cert_file.empty() || config->tls->key_file.empty())) std::abort();
  if (!config && config.error().message.empty()) std::abort();
  return 0;
}
