// SPDX-License-Identifier: Apache-2.0
#include "notify/syslog.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "delivery/interruption.h"
#include "notify/notification_json.h"
#include "pmon/errno_text.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 3> kTo = {"auto", "journal", "syslog"};
constexpr std::array<std::string_view, 20> kFacilities = {
    "kern",     "user", "mail",   "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",
    "authpriv", "ftp",  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<int, 20> kFacilityNumbers = {LOG_KERN,     LOG_USER,   LOG_MAIL,   LOG_DAEMON, LOG_AUTH,
                                                  LOG_SYSLOG,   LOG_LPR,    LOG_NEWS,   LOG_UUCP,   LOG_CRON,
                                                  LOG_AUTHPRIV, LOG_FTP,    LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2,
                                                  LOG_LOCAL3,   LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7};

// An open socket, or -1 and errno.
int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int failed = errno;
  ::close(fd);
  errno = failed;
  return -1;
}

constexpr milliseconds kInterruptionDelay{200};  // how late an interruption is seen

// 0, or errno; waits for room until the deadline.
int send_one(int fd, const std::string& message, delivery::Deadline deadline) {
  while (::send(fd, message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != ENOBUFS) return errno;
    const auto left = std::chrono::ceil<milliseconds>(deadline - delivery::Clock::now());
    if (left <= milliseconds(0)) return ETIMEDOUT;
    if (delivery::interrupted()) return ECANCELED;
    pollfd wait{fd, POLLOUT, 0};
    ::poll(&wait, 1, static_cast<int>(std::min(left, kInterruptionDelay).count()));
  }
  return 0;
}

bool is_socket(const std::string& path) { return ::access(path.c_str(), W_OK) == 0; }

}  // namespace

SyslogNotifier::SyslogNotifier(SyslogOptions options, const Surroundings& surroundings)
    : options_(std::move(options)), wall_(surroundings.wall) {}

SyslogNotifier::~SyslogNotifier() {
  if (socket_ >= 0) ::close(socket_);
}

Outcome SyslogNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  const bool journal = options_.to == SyslogOptions::To::kJournal ||
                       (options_.to == SyslogOptions::To::kAuto && is_socket(options_.journal_socket));
  const std::string& path = journal ? options_.journal_socket : options_.syslog_socket;
  std::vector<std::string> messages;
  messages.reserve(notification.alerts.size());
  for (const AlertNotice& alert : notification.alerts) {
    messages.push_back(journal ? journal_message(alert, options_) : syslog_message(alert, options_, wall_()));
  }
  std::string identity = to_json(notification);
  if (identity != partly_sent_) sent_ = 0;
  partly_sent_ = std::move(identity);
  const int failed = send_all(messages, path, deadline);
  if (failed != 0) return Outcome::retry(fmt::format("{}: {}", path, errno_text(failed)));
  partly_sent_.clear();
  return Outcome::delivered();
}

int SyslogNotifier::send_all(const std::vector<std::string>& messages, const std::string& path,
                             delivery::Deadline deadline) {
  bool reconnected = false;
  while (sent_ < messages.size()) {
    if (socket_ < 0) socket_ = connect_to(path);
    int failed = socket_ < 0 ? errno : send_one(socket_, messages[sent_], deadline);
    if (failed == EMSGSIZE)
      failed = send_one(socket_, messages[sent_].substr(0, messages[sent_].find('\n') + 1), deadline);
    if (failed == 0) {
      ++sent_;
      continue;
    }
    const bool was_open = socket_ >= 0;
    if (was_open) ::close(std::exchange(socket_, -1));
    // The daemon over there was started anew, and its socket with it.
    const bool gone = failed == ECONNREFUSED || failed == ECONNRESET || failed == ENOTCONN || failed == EPIPE;
    if (!was_open || !gone || std::exchange(reconnected, true)) return failed;
  }
  return 0;
}

MakeNotifier read_syslog(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 4> kSyslogKeys = {"facility", "tag", "to", "text"};
  SyslogOptions options;
  config::YamlReader& yaml = section.yaml();
  section.keys(node, kSyslogKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "facility") options.facility = kFacilityNumbers[yaml.one_of(value, key, kFacilities)];
    if (key == "to") options.to = static_cast<SyslogOptions::To>(yaml.one_of(value, key, kTo));
    if (key == "text") options.text = section.message_template(value, key, MessageTemplate::About::kAlert);
    if (key != "tag") return;
    options.tag = yaml.text(value, key);
    // RFC 3164, section 4.1.3.
    const bool fine = !options.tag.empty() && options.tag.size() <= 32 && std::ranges::all_of(options.tag, [](char c) {
      return c > ' ' && c < 0x7f && std::string_view("[]:").find(c) == std::string_view::npos;
    });
    if (!fine) yaml.error(value, "'tag' must have 1 to 32 characters, no spaces, no [ ] :");
  });
  return
      [options](const Surroundings& surroundings) { return std::make_unique<SyslogNotifier>(options, surroundings); };
}

}  // namespace pmon::notify
