// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/http_client.h"
#include "notify/mail_message.h"
#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/surroundings.h"

namespace pmon::notify {

struct EmailOptions {
  std::string to;  // a list of addresses, as it stands in the header
  std::string from;
  std::string host;  // of the smarthost
  std::uint16_t port = 0;
  std::string hello = "localhost";
  std::string auth_username;  // empty: no authentication
  std::string auth_identity;
  config::Secret auth_password;
  bool implicit_tls = false;  // from the start, without STARTTLS; the reader of the file sets it for port 465
  bool require_tls = true;
  delivery::HttpOptions tls;  // of it only what concerns TLS
  MessageTemplate subject = default_title();
  std::map<std::string, MessageTemplate> headers;  // others than From, To and Subject
  MessageTemplate text;
  MessageTemplate html;  // of one alert; they are put into a page

  EmailOptions();
};

// What identifies one mail; random in earnest.
struct MailStamp {
  Timestamp date = 0;
  std::string id;
};

[[nodiscard]] MailMessage mail_message(const Notification& notification, const EmailOptions& options,
                                       const std::string& host, const MailStamp& stamp);

// Mail by a server that takes it from us. Port 465 is TLS from the start; else STARTTLS, without which nothing is
// sent while require_tls holds, and never a password unless the server is this host.
class EmailNotifier : public Notifier {
 public:
  EmailNotifier(EmailOptions options, const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "email"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  EmailOptions options_;
  Surroundings surroundings_;
};

[[nodiscard]] MakeNotifier read_email(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
