// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace pmon::notify {

[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view text);  // 32 bytes
[[nodiscard]] std::string base64(std::string_view bytes);                            // with padding
// RFC 3986: everything but letters, digits and -._~ as %XX.
[[nodiscard]] std::string url_encoded(std::string_view text);
// Not to be foreseen: so many bytes in hex.
[[nodiscard]] std::string random_hex(std::size_t bytes);

}  // namespace pmon::notify
