// SPDX-License-Identifier: Apache-2.0
#include "notify/mail_message.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "notify/crypto.h"

namespace pmon::notify {
namespace {

constexpr std::size_t kLongestLine = 76;       // of quoted-printable (RFC 2045)
constexpr std::size_t kWordBytes = 45;         // 60 in base64, 72 with "=?UTF-8?B?" and "?="
constexpr std::size_t kLongestPlainLine = 78;  // RFC 5322, with the header's name
constexpr std::size_t kLongestHeader = 10000;

bool is_plain(std::string_view value) {
  const bool ascii = std::ranges::all_of(value, [](char c) { return c >= ' ' && c < 0x7f; });
  return ascii && value.find("=?") == std::string_view::npos;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Folds at spaces; a word that is too long by itself stays.
std::string folded(std::string_view name, std::string_view value) {
  std::string out;
  std::size_t column = name.size() + 2;
  while (!value.empty()) {
    const std::size_t space = value.find(' ', 1);
    const std::string_view word = value.substr(0, space);
    value.remove_prefix(word.size());
    // A line of spaces alone would end the headers for some readers.
    const bool blank = word.find_first_not_of(' ') == std::string_view::npos;
    if (!blank && !out.empty() && word.front() == ' ' && column + word.size() > kLongestPlainLine) {
      out += "\r\n";
      column = 0;
    }
    out += word;
    column += word.size();
  }
  return out;
}

std::string part(std::string_view type, std::string_view text) {
  return fmt::format("Content-Type: {}; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
                     type, quoted_printable(text));
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "Ops <ops@example.org>" in its parts; a bare address has no name.
struct Mailbox {
  std::string_view name;  // as written: perhaps in quotes
  std::string_view address;
};

Mailbox mailbox_of(std::string_view entry) {
  const std::size_t open = entry.rfind('<');
  if (open == std::string_view::npos || !entry.ends_with('>')) return {{}, entry};
  return {trimmed(entry.substr(0, open)), entry.substr(open + 1, entry.size() - open - 2)};
}

// At the commas that are not in quotes.
std::vector<std::string_view> entries_of(std::string_view list) {
  std::vector<std::string_view> entries;
  bool in_quotes = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '"') in_quotes = !in_quotes;
    if (i < list.size() && (list[i] != ',' || in_quotes)) continue;
    entries.push_back(trimmed(list.substr(begin, i - begin)));
    begin = i + 1;
  }
  return entries;
}

// What a quoted string means (RFC 5322, section 3.2.4).
std::string unquoted(std::string_view name) {
  if (name.size() < 2 || !name.starts_with('"') || !name.ends_with('"')) return std::string(name);
  std::string out;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    out += name[i];
  }
  return out;
}

// Each character whole in its word (RFC 2047, section 5).
std::string encoded_words(std::string_view text, std::string_view between) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(kWordBytes, text.size());
    while (size > 0 && size < text.size() && is_continuation(text[size])) --size;
    if (size == 0) size = std::min(kWordBytes, text.size());
    if (!out.empty()) out += between;
    out += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

// The names of the mailboxes alone may be encoded, never an address or what stands between them.
std::string encoded_mailboxes(std::string_view name, std::string_view list) {
  std::string out;
  for (const std::string_view entry : entries_of(list)) {
    if (!out.empty()) out += ", ";
    const Mailbox mailbox = mailbox_of(entry);
    out += is_plain(mailbox.name) ? std::string(entry)
                                  : fmt::format("{} <{}>", encoded_words(unquoted(mailbox.name), " "), mailbox.address);
  }
  return folded(name, out);
}

bool has_mailboxes(std::string_view header) {
  constexpr std::array<std::string_view, 6> kNames = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};
  return std::ranges::any_of(kNames, [header](std::string_view name) {
    return std::ranges::equal(name, header, [](unsigned char a, unsigned char b) { return (a | 0x20) == (b | 0x20); });
  });
}

bool is_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  const bool plain = std::ranges::all_of(
      address, [](unsigned char c) { return c > ' ' && c != 0x7f && c != '<' && c != '>' && c != ','; });
  return plain && at != std::string_view::npos && at > 0 && at + 1 < address.size() && address.size() <= 320;
}

}  // namespace

std::string mail_date(Timestamp time) {
  using std::chrono::milliseconds;
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<milliseconds> instant{milliseconds(time)};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(instant - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string encoded_header(std::string_view name, std::string_view value) {
  std::string line(value.substr(0, kLongestHeader));
  std::ranges::replace_if(
      line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  if (is_plain(line)) return folded(name, line);
  return encoded_words(line, "\r\n ");
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    if (c == '\r') continue;
    const bool space_at_end = c == ' ' && (i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r');
    // A dot or "From " that begins a line means something to servers on the way.
    const bool delicate = column == 0 && (c == '.' || text.substr(i).starts_with("From "));
    const bool plain = c >= ' ' && c < 0x7f && c != '=' && !space_at_end && !delicate;
    const std::string piece = plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
    if (column + piece.size() > kLongestLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  }
  return out;
}

std::string mime_text(const MailMessage& message) {
  std::string out;
  for (const auto& [name, value] : message.headers) {
    const bool mailboxes = has_mailboxes(name) && mail_addresses(value);
    out += fmt::format("{}: {}\r\n", name, mailboxes ? encoded_mailboxes(name, value) : encoded_header(name, value));
  }
  out +=
      fmt::format("Date: {}\r\nMessage-ID: <{}>\r\nMIME-Version: 1.0\r\n", mail_date(message.date), message.message_id);
  if (message.html.empty()) return out + part("text/plain", message.text);
  const std::string& boundary = message.boundary;
  out += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
  out += fmt::format("--{}\r\n{}", boundary, part("text/plain", message.text));
  out += fmt::format("--{}\r\n{}", boundary, part("text/html", message.html));
  return out + fmt::format("--{}--\r\n", boundary);
}

std::optional<std::vector<std::string>> mail_addresses(std::string_view list) {
  const bool printable = std::ranges::none_of(list, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!printable) return std::nullopt;
  std::vector<std::string> addresses;
  for (const std::string_view entry : entries_of(list)) {
    const std::string_view address = mailbox_of(entry).address;
    if (!is_address(address)) return std::nullopt;
    addresses.emplace_back(address);
  }
  return addresses;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

}  // namespace pmon::notify
