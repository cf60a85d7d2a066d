// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "pmon/monitor.h"

namespace pmon::test {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

inline bool wait_until(const auto& condition, std::chrono::milliseconds patience = 20s) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

inline std::size_t entries(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}
// ThreadSanitizer starts a thread of its own with the first one: none can be counted there.
#ifdef __SANITIZE_THREAD__
inline constexpr bool kThreadsAreOurs = false;
#else
inline constexpr bool kThreadsAreOurs = true;
#endif
inline std::size_t threads() { return entries("/proc/self/task"); }
inline std::size_t open_files() { return entries("/proc/self/fd"); }

// Of /proc/self/task/TID/status, by thread name.
inline std::map<std::string, std::string> thread_fields(const std::string& key) {
  std::map<std::string, std::string> fields;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "status");
    std::string name;
    for (std::string line; std::getline(file, line);) {
      const std::string value = line.substr(std::min(line.size(), line.find('\t') + 1));
      if (line.starts_with("Name:")) name = value;
      if (line.starts_with(key + ":")) fields[name] = value;
    }
  }
  return fields;
}

inline nlohmann::json health(const Monitor& monitor) { return nlohmann::json::parse(monitor.health()); }

inline bool is_ready(const Monitor& monitor) {
  return wait_until([&] { return health(monitor).at("ready").get<bool>(); });
}

// What callbacks were told, for the test's thread.
class Told {
 public:
  void add(const MonitorAlert& alert) {
    const std::scoped_lock lock(mutex_);
    alerts_.push_back(alert);
  }
  void add(const MonitorNotice& notice) {
    const std::scoped_lock lock(mutex_);
    notices_.push_back(notice);
  }
  [[nodiscard]] std::vector<MonitorAlert> alerts() const {
    const std::scoped_lock lock(mutex_);
    return alerts_;
  }
  // The text of the first notice of this code; "" where none came.
  [[nodiscard]] std::string notice(const std::string& code) const {
    const std::scoped_lock lock(mutex_);
    for (const MonitorNotice& notice : notices_) {
      if (notice.code == code) return notice.text;
    }
    return "";
  }
  [[nodiscard]] auto on_alert() {
    return [this](const MonitorAlert& alert) { add(alert); };
  }
  [[nodiscard]] auto on_notice() {
    return [this](const MonitorNotice& notice) { add(notice); };
  }

 private:
  mutable std::mutex mutex_;
  std::vector<MonitorAlert> alerts_;
  std::vector<MonitorNotice> notices_;
};

// Memory that is there until it is given back.
class Hoard {
 public:
  explicit Hoard(std::size_t bytes)
      : bytes_(bytes),
        begin_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) {}
  ~Hoard() { munmap(begin_, bytes_); }
  Hoard(const Hoard&) = delete;
  Hoard& operator=(const Hoard&) = delete;

 private:
  std::size_t bytes_;
  void* begin_;
};

// Fires while the process has much more memory than it had within the last minute.
inline constexpr const char* kHoardRule =
    "groups:\n"
    "  - name: test\n"
    "    rules:\n"
    "      - alert: Hoards\n"
    "        expr: pmon_process_anon_bytes - min_over_time(pmon_process_anon_bytes[1m]) > 32e6\n"
    "        annotations: {summary: 'pid {{ $labels.pid }} hoards'}\n";

// Fires at once.
inline constexpr const char* kAlwaysRule =
    "groups:\n"
    "  - name: test\n"
    "    rules:\n"
    "      - alert: Always\n"
    "        expr: pmon_process_threads > 0\n";

}  // namespace pmon::test
