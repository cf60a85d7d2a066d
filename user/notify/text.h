// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pmon::notify {

// Texts from elsewhere (process names, annotations that quote them) made fit for a channel's markup. All of them take
// valid UTF-8, as parse_notification() gives it.
using Escape = std::string (*)(std::string_view);

// One line for people: line breaks and tabs become spaces; other control characters, and characters that hide or
// reorder text, are shown as \x1b or \u202e.
[[nodiscard]] std::string one_line(std::string_view text);
// The same, but line breaks stay.
[[nodiscard]] std::string plain_lines(std::string_view text);
// As plain_lines(), for HTML text and attributes in double quotes.
[[nodiscard]] std::string html(std::string_view text);
// As one_line(), for the markdown of chat robots, which have no escapes: an invisible space breaks links, tags and
// mentions apart.
[[nodiscard]] std::string markdown(std::string_view text);
// As one_line(), for Slack's mrkdwn: no link, mention or channel comes of it.
[[nodiscard]] std::string slack_text(std::string_view text);

// The front of the text, at most so many bytes with the "…" behind it; whole characters. All of it where it fits.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t bytes);

// How many bytes it has in a JSON string, without the quotes.
[[nodiscard]] std::size_t json_size(std::string_view text);
[[nodiscard]] inline std::size_t plain_size(std::string_view text) { return text.size(); }

}  // namespace pmon::notify
