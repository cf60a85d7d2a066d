// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace pmon::delivery {

// An address of http or https, in its parts. Immutable once parsed.
struct HttpUrl {
  std::string scheme;  // "http" or "https"
  std::string user;    // decoded, as the password
  std::string password;
  std::string host;  // an IPv6 address with its brackets
  std::string port;  // the scheme's where the address names none
  std::string path;
  std::string query;  // without "?"

  // Absent where the text is no address of http or https.
  [[nodiscard]] static std::optional<HttpUrl> parse(const std::string& text);

  // Whether what is secret for the one may be told to the other: same scheme, host and port.
  [[nodiscard]] bool same_origin(const HttpUrl& other) const;
  // "host", or "host:8086" where the port is not the scheme's.
  [[nodiscard]] std::string authority() const;
  // The whole address without user and password.
  [[nodiscard]] std::string text() const;
  // Scheme, authority and path.
  [[nodiscard]] std::string shown() const;
};

}  // namespace pmon::delivery
