// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pmon/snapshot.h"

namespace pmon::notify {

struct MailMessage {
  // In their order, without line breaks; From, To, Subject and others that the user gave. Text as UTF-8.
  std::vector<std::pair<std::string, std::string>> headers;
  Timestamp date = 0;
  std::string message_id;  // "…@host"
  std::string boundary;    // in neither text
  std::string text;
  std::string html;  // empty: the text alone
};

// As RFC 5322 and MIME have it: lines end in CRLF, headers as RFC 2047 writes what is not ASCII, bodies in
// quoted-printable, multipart/alternative with the text first.
[[nodiscard]] std::string mime_text(const MailMessage& message);

// "Mon, 23 Nov 2026 14:03:22 +0000"
[[nodiscard]] std::string mail_date(Timestamp time);
// One header's value: encoded words of at most 75 characters where it is not plain ASCII, folded.
[[nodiscard]] std::string encoded_header(std::string_view name, std::string_view value);
[[nodiscard]] std::string quoted_printable(std::string_view text);

// The bare addresses of "Ops <ops@example.org>, me@example.org"; absent where it is no list of addresses.
[[nodiscard]] std::optional<std::vector<std::string>> mail_addresses(std::string_view list);

// A header's name as RFC 5322 has it.
[[nodiscard]] bool is_header_name(std::string_view name);

}  // namespace pmon::notify
