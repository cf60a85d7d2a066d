// SPDX-License-Identifier: Apache-2.0
#include "notify/email.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "notify/crypto.h"
#include "notify/notification_parts.h"
#include "notify/smtp_client.h"

namespace pmon::notify {
namespace {

// Mail has no limit of its own; a reader has.
constexpr std::size_t kLongestText = std::size_t{256} * 1024;
constexpr std::size_t kLongestSubject = 250;

constexpr std::string_view kText =
    R"({{ toUpper $status }} {{ $labels.alertname }}{{ with $annotations.summary }}: {{ . }}{{ end }}
{{ with $annotations.description }}{{ . }}
{{ end }}{{ range $name, $text := $labels }}{{ $name }}={{ $text }} {{ end }})";

constexpr std::string_view kHtml =
    R"(<p><b>{{ toUpper $status }} {{ $labels.alertname }}</b>{{ with $annotations.summary }}: {{ . }}{{ end }})"
    R"({{ with $annotations.description }}<br>{{ . }}{{ end }}<br><small>)"
    R"({{ range $name, $text := $labels }}{{ $name }}={{ $text }} {{ end }}</small></p>)";

std::string page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>{0}</title></head>\n<body>\n<h3>{0}</h3>\n{1}\n"
      "</body>\n</html>\n",
      html(title), body);
}

}  // namespace

EmailOptions::EmailOptions()
    : text(MessageTemplate::of(kText, MessageTemplate::About::kAlert)),
      html(MessageTemplate::of(kHtml, MessageTemplate::About::kAlert)) {}

MailMessage mail_message(const Notification& notification, const EmailOptions& options, const std::string& host,
                         const MailStamp& stamp) {
  MailMessage mail;
  const auto header = [&](const MessageTemplate& text) {
    return title_text(text, notification, one_line, kLongestSubject);
  };
  const std::string subject = header(options.subject);
  mail.headers = {{"From", options.from}, {"To", options.to}, {"Subject", subject}};
  for (const auto& [name, text] : options.headers) mail.headers.emplace_back(name, header(text));
  // RFC 3834: no answers by machines that are out of office.
  mail.headers.emplace_back("Auto-Submitted", "auto-generated");
  mail.date = stamp.date;
  mail.message_id = stamp.id + "@" + host;
  mail.boundary = "pmon-" + stamp.id;
  mail.text =
      subject + "\n\n" + roll_up(notification, options.text, plain_lines, {kLongestText, plain_size, "\n\n"}) + "\n";
  if (options.html.written().empty()) return mail;
  mail.html = page(subject, roll_up(notification, options.html, html, {kLongestText, plain_size, "\n"}));
  return mail;
}

EmailNotifier::EmailNotifier(EmailOptions options, const Surroundings& surroundings)
    : options_(std::move(options)), surroundings_(surroundings) {}

delivery::Outcome EmailNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  const auto from = mail_addresses(options_.from);
  const auto to = mail_addresses(options_.to);
  if (!from || !to || from->empty()) return delivery::Outcome::rejected("mail: no addresses");
  const MailStamp stamp{surroundings_.wall(), random_hex(16)};
  const std::string mail = mime_text(mail_message(notification, options_, surroundings_.host, stamp));
  return send_mail(options_, {from->front(), *to}, mail, deadline);
}

}  // namespace pmon::notify
