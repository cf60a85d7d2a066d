// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "library/c_options.h"
#include "pmon/pmon.h"
#include "pmon/version.h"

struct pmon_monitor {
  pmon::Monitor monitor;
};

namespace {

// For free(3), which pmon_text_free() is. Null where memory is short.
char* copied(const std::string& text) { return ::strdup(text.c_str()); }

void explain(char** error, const std::string& why) {
  if (error != nullptr) *error = copied(why);
}

}  // namespace

extern "C" {

const char* pmon_version() { return pmon::kVersion.data(); }

pmon_monitor* pmon_start(const pmon_options* options, char** error) {
  if (error != nullptr) *error = nullptr;
  try {
    if (options != nullptr && options->incomplete) throw std::bad_alloc();
    auto started = pmon::Monitor::start(options == nullptr ? pmon::MonitorOptions() : options->options);
    if (started) return new pmon_monitor{std::move(*started)};
    explain(error, started.error().text());
  } catch (const std::exception& e) {
    if (error != nullptr) *error = ::strdup(e.what());
  }
  return nullptr;
}

void pmon_stop(pmon_monitor* monitor) {
  if (monitor != nullptr) monitor->monitor.stop();
}

void pmon_free(pmon_monitor* monitor) { delete monitor; }

int pmon_running(const pmon_monitor* monitor) { return monitor != nullptr && monitor->monitor.running() ? 1 : 0; }

char* pmon_health_json(const pmon_monitor* monitor) {
  if (monitor == nullptr) return nullptr;
  return copied(monitor->monitor.health());
}

char* pmon_alerts_json(const pmon_monitor* monitor, char** error) {
  if (error != nullptr) *error = nullptr;
  if (monitor == nullptr) return nullptr;
  try {
    const auto alerts = monitor->monitor.alerts();
    if (alerts) {
      std::string json = "[";
      for (const pmon::MonitorAlert& alert : *alerts) json += (json.size() == 1 ? "" : ",") + alert.json;
      return copied(json + "]");
    }
    explain(error, alerts.error().text());
  } catch (const std::exception& e) {
    if (error != nullptr) *error = ::strdup(e.what());
  }
  return nullptr;
}

int pmon_http_port(const pmon_monitor* monitor) { return monitor == nullptr ? 0 : monitor->monitor.http_port(); }

void pmon_text_free(char* text) { std::free(text); }

}  // extern "C"
