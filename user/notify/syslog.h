// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <syslog.h>

#include <string>
#include <string_view>
#include <vector>

#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/surroundings.h"

namespace pmon::notify {

inline constexpr std::string_view kJournalSocket = "/run/systemd/journal/socket";
inline constexpr std::string_view kSyslogSocket = "/dev/log";

struct SyslogOptions {
  enum class To { kAuto, kJournal, kSyslog };  // kAuto: the journal where it is there
  To to = To::kAuto;
  int facility = LOG_DAEMON;
  std::string tag = "pmon";
  MessageTemplate text = default_alert_text();
  std::string journal_socket{kJournalSocket};
  std::string syslog_socket{kSyslogSocket};
};

// LOG_CRIT … LOG_INFO by the label `severity`; what is resolved is a LOG_NOTICE.
[[nodiscard]] int syslog_priority(const AlertNotice& alert);
// RFC 3164 as /dev/log takes it: "<27>Nov 23 14:03:22 pmon[7]: text", in the host's local time.
[[nodiscard]] std::string syslog_message(const AlertNotice& alert, const SyslogOptions& options, Timestamp now);
// The journal's native protocol (systemd's JOURNAL_NATIVE_PROTOCOL): MESSAGE, PRIORITY, SYSLOG_FACILITY,
// SYSLOG_IDENTIFIER, and PMON_ALERT, PMON_STATE, PMON_REASON, PMON_VALUE, PMON_LABEL_…, PMON_ANNOTATION_….
[[nodiscard]] std::string journal_message(const AlertNotice& alert, const SyslogOptions& options);

// The host's own log: one entry for each alert.
class SyslogNotifier : public Notifier {
 public:
  SyslogNotifier(SyslogOptions options, const Surroundings& surroundings);
  ~SyslogNotifier() override;
  SyslogNotifier(const SyslogNotifier&) = delete;
  SyslogNotifier& operator=(const SyslogNotifier&) = delete;

  [[nodiscard]] std::string_view kind() const override { return "syslog"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  [[nodiscard]] int send_all(const std::vector<std::string>& messages, const std::string& path,
                             delivery::Deadline deadline);

  SyslogOptions options_;
  std::function<Timestamp()> wall_;
  int socket_ = -1;
  // Of the notification that failed half way: what its next attempt need not say again.
  std::string partly_sent_;
  std::size_t sent_ = 0;
};

[[nodiscard]] MakeNotifier read_syslog(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
