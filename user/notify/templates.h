// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "notify/text.h"
#include "pmon/notification.h"
#include "rules/template.h"

namespace pmon::notify {

// A text of a message in the language of rule annotations. It stands either for a message as a whole (a title) or for
// one alert, and a message then has it once for each of its alerts. It may speak of
//   $labels       of the alert; of all alerts in common
//   $annotations  as well
//   $status       "firing" or "resolved"
//   $value        the alert's value
//   $count        in a title: how many alerts are in that status
// What these hold is escaped for the channel, what the template itself says is not, so that it may use its markup.
class MessageTemplate {
 public:
  enum class About { kAlert, kMessage };

  [[nodiscard]] static std::expected<MessageTemplate, rules::Template::ParseError> parse(std::string_view written,
                                                                                         About about);
  // Of a template that is known to be right, such as a default.
  [[nodiscard]] static MessageTemplate of(std::string_view written, About about);

  // A failure becomes a text that says so: an alert is told even then.
  [[nodiscard]] std::string text(const AlertNotice& alert, Escape escape) const;
  [[nodiscard]] std::string text(const Notification& notification, Escape escape) const;
  [[nodiscard]] const std::string& written() const { return written_; }

 private:
  MessageTemplate(std::string written, rules::Template parsed)
      : written_(std::move(written)), template_(std::move(parsed)) {}

  std::string written_;
  rules::Template template_;
};

// "[FIRING:3] HeapLeak redis (pid 12) on web1"
[[nodiscard]] const MessageTemplate& default_title();
// "FIRING HeapLeak: redis (pid 12) grows …"
[[nodiscard]] const MessageTemplate& default_alert_text();

// The title, or where it is longer than `bytes` its beginning.
[[nodiscard]] std::string title_text(const MessageTemplate& title, const Notification& notification, Escape escape,
                                     std::size_t bytes);

// How long a message may be.
struct Room {
  std::size_t bytes = 0;
  std::size_t (*size)(std::string_view) = plain_size;  // how the channel counts
  std::string_view separator = "\n";                   // between alerts
};

// The texts of as many alerts as there is room for, those that fire first; the others are counted by name at the end:
// "… and 37 more: HeapLeak 30, CpuBurn 7 (2 of them resolved)". A text that is too long by itself is replaced by the
// alert's name and labels. Never longer than the room, which is at least 1,000 bytes.
[[nodiscard]] std::string roll_up(const Notification& notification, const MessageTemplate& text, Escape escape,
                                  const Room& room);

}  // namespace pmon::notify
