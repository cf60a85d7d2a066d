// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pmon::rules {

// What templates do with texts. Letters are Unicode's, each mapped to a single one.
[[nodiscard]] std::string to_upper(const std::string& text);
[[nodiscard]] std::string to_lower(const std::string& text);
// The first letter of each word in upper case, where letters, digits, _ and all beyond ASCII go on with a word.
[[nodiscard]] std::string title(const std::string& text);

[[nodiscard]] std::string strip_port(const std::string& text);    // web:80, [::1]:80
[[nodiscard]] std::string strip_domain(const std::string& text);  // web.example.com:80 is web:80; addresses stay

[[nodiscard]] std::string html_escaped(const std::string& text);
[[nodiscard]] std::string url_escaped(const std::string& text);  // of a query: blanks are +
[[nodiscard]] std::string table_link(const std::string& expr);   // Prometheus's page of the expression, as a path
[[nodiscard]] std::string graph_link(const std::string& expr);

// U+FFFD for what is no character.
[[nodiscard]] std::string utf8(std::int64_t code_point);

}  // namespace pmon::rules
