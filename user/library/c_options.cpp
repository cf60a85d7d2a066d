// SPDX-License-Identifier: Apache-2.0
#include "library/c_options.h"

#include <algorithm>
#include <exception>
#include <new>

#include "pmon/pmon.h"

namespace {

using pmon::MonitorAlert;
using pmon::MonitorNotice;
using pmon::MonitorOptions;

// No exception leaves; what could not be noted fails the start.
void change(pmon_options* options, const auto& work) noexcept {
  if (options == nullptr) return;
  try {
    work(options->options);
  } catch (const std::exception&) {
    options->incomplete = true;
  }
}

void tell(pmon_alert_callback callback, void* user, const MonitorAlert& alert) {
  const auto summary = alert.annotations.find("summary");
  const pmon_alert told{sizeof told,
                        alert.firing ? 1 : 0,
                        alert.name.c_str(),
                        alert.reason.c_str(),
                        alert.receiver.c_str(),
                        alert.time.time_since_epoch().count(),
                        alert.active_since.time_since_epoch().count(),
                        alert.value,
                        summary == alert.annotations.end() ? "" : summary->second.c_str(),
                        alert.json.c_str()};
  callback(&told, user);
}

void tell(pmon_notice_callback callback, void* user, const MonitorNotice& notice) {
  const pmon_notice told{sizeof told, static_cast<pmon_level>(notice.level), notice.code.c_str(), notice.text.c_str()};
  callback(&told, user);
}

}  // namespace

extern "C" {

pmon_options* pmon_options_new() { return new (std::nothrow) pmon_options; }

void pmon_options_free(pmon_options* options) { delete options; }

void pmon_options_interval_ms(pmon_options* options, int64_t interval_ms) {
  change(options, [=](MonitorOptions& to) { to.interval = std::chrono::milliseconds(interval_ms); });
}

void pmon_options_self(pmon_options* options, int watch_self) {
  change(options, [=](MonitorOptions& to) { to.self = watch_self != 0; });
}

void pmon_options_add_pid(pmon_options* options, int32_t pid) {
  change(options, [=](MonitorOptions& to) { to.pids.push_back(pid); });
}

void pmon_options_add_name(pmon_options* options, const char* regex) {
  if (regex == nullptr) return;
  change(options, [=](MonitorOptions& to) { to.names.emplace_back(regex); });
}

void pmon_options_children(pmon_options* options, int watch_children) {
  change(options, [=](MonitorOptions& to) { to.children = watch_children != 0; });
}

void pmon_options_collector(pmon_options* options, pmon_collector collector) {
  // One that there is not stays one that there is not, for pmon_start() to refuse.
  const unsigned number = std::min(static_cast<unsigned>(collector), 255U);
  change(options, [=](MonitorOptions& to) { to.collector = static_cast<pmon::CollectorKind>(number); });
}

void pmon_options_default_rules(pmon_options* options, int use_default_rules) {
  change(options, [=](MonitorOptions& to) { to.default_rules = use_default_rules != 0; });
}

void pmon_options_add_rule_file(pmon_options* options, const char* path) {
  if (path == nullptr) return;
  change(options, [=](MonitorOptions& to) { to.rule_files.emplace_back(path); });
}

void pmon_options_config_file(pmon_options* options, const char* path) {
  change(options, [=](MonitorOptions& to) { to.config_file = path == nullptr ? "" : path; });
}

void pmon_options_listen(pmon_options* options, const char* address) {
  change(options, [=](MonitorOptions& to) { to.listen = address == nullptr ? "" : address; });
}

void pmon_options_state(pmon_options* options, const char* folder) {
  change(options, [=](MonitorOptions& to) { to.state = folder == nullptr ? "" : folder; });
}

void pmon_options_on_alert(pmon_options* options, pmon_alert_callback callback, void* user) {
  change(options, [=](MonitorOptions& to) {
    to.on_alert = nullptr;
    if (callback != nullptr) to.on_alert = [=](const MonitorAlert& alert) { tell(callback, user, alert); };
  });
}

void pmon_options_on_notice(pmon_options* options, pmon_notice_callback callback, void* user) {
  change(options, [=](MonitorOptions& to) {
    to.on_notice = nullptr;
    if (callback != nullptr) to.on_notice = [=](const MonitorNotice& notice) { tell(callback, user, notice); };
  });
}

}  // extern "C"
