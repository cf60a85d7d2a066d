// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/secret.h"
#include "delivery/http_client.h"
#include "export/exporter_config.h"

namespace pmon {

// `url`, `http_config`, `headers`, `gzip`.
struct HttpSettings {
  config::Secret url;
  delivery::HttpOptions http;
  std::vector<std::pair<std::string, config::Secret>> headers;
  bool gzip = false;

  [[nodiscard]] Settings settings();
  // "" where there is an address of http or https.
  [[nodiscard]] std::string complaint() const;
  // `path` is appended to the address as it is written; "" : nothing.
  [[nodiscard]] delivery::HttpRequest request(std::string_view content_type, std::string_view path = {}) const;
};

// For a query's values: everything but letters, digits and -._~ becomes %XX (RFC 3986).
[[nodiscard]] std::string percent_encoded(std::string_view text);
// Whether there is anything behind scheme and host but a slash.
[[nodiscard]] bool has_path(std::string_view url);

}  // namespace pmon
