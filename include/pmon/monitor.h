// SPDX-License-Identifier: Apache-2.0
//
// pmon inside of a program:
//
//   auto monitor = pmon::Monitor::start({.interval = 10s});
//
// watches the program itself, with the rules and sinks of `pmon run`. See docs/library.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pmon/api.h"
#include "pmon/error.h"

namespace pmon {

// Where numbers come from. The kernel side sees what lives between two looks, and needs CAP_BPF and CAP_PERFMON.
enum class CollectorKind : std::uint8_t {
  kAuto,    // /proc for processes that are named by pid; else the kernel side where it is permitted
  kEbpf,    // the kernel side or an error
  kProcfs,  // /proc, without privileges
};

struct MonitorAlert {
  bool firing = false;   // else resolved
  std::string name;      // "HeapLeak"
  std::string reason;    // why it is told now: "fired", "repeat", "condition_ended", "exited", …
  std::string receiver;  // whom the alerting section routes it to
  std::chrono::sys_time<std::chrono::milliseconds> time = {};
  std::chrono::sys_time<std::chrono::milliseconds> active_since = {};
  double value = 0;                                // of the rule's expression
  std::map<std::string, std::string> labels;       // pid, comm, severity …
  std::map<std::string, std::string> annotations;  // summary, description
  std::string json;                                // all of that and its evidence: a line of `pmon watch --output json`
};

// What the user of a monitor should know: something is not measured, was lost, fails, works again.
struct MonitorNotice {
  enum class Level : std::uint8_t { kInfo, kWarning, kError };
  Level level = Level::kInfo;
  std::string code;  // "sink_failing"; docs/output.md lists them
  std::string text;
};

// Everything may be left out. What is set here goes before the configuration file.
struct MonitorOptions {
  // How often to look, 100 ms to 1 h; 1 s where nobody says. The default rules need 2.5 s or less; what cannot work is
  // told in a notice.
  std::optional<std::chrono::milliseconds> interval = {};
  bool self = true;                     // watch this process
  std::vector<std::int32_t> pids = {};  // and these, which must be there
  std::vector<std::string> names = {};  // and programs whose name matches, as they come and go (RE2)
  bool children = false;                // and all descendants of those
  CollectorKind collector = CollectorKind::kAuto;
  bool default_rules = true;                 // false: only those of files
  std::vector<std::string> rule_files = {};  // in Prometheus's format
  std::string config_file = {};              // a pmon.yaml: sinks, alerting, rules, HTTP; docs/configuration.md
  std::string listen = {};                   // serve HTTP there: "127.0.0.1:9777", "127.0.0.1:0"; "": nowhere
  std::string state = {};                    // folder in which alerts and spools outlive the program; "": they do not

  // Called by the monitor's thread, for every alert that is told to any receiver, and for every notice. Until they
  // return nothing is watched. What they throw is caught and told in a notice.
  std::function<void(const MonitorAlert&)> on_alert = {};
  std::function<void(const MonitorNotice&)> on_notice = {};
};

// A monitor in a thread of its own, which has all signals blocked; each sink and the HTTP server of its configuration
// have theirs. Nothing of the process is changed: no signal handlers, no environment, no standard streams. No function
// throws, and all can be called from several threads. A program may have several.
//
// After fork(2) the child has no monitor: its object there does nothing, and stop() returns at once.
class PMON_API Monitor {
 public:
  // Returns when everything is open, before the first look. Errors: kUsage (options, files, addresses, a pid that is
  // not there), kUnsupported (the collector is not permitted), kFailed.
  [[nodiscard]] static Result<Monitor> start(MonitorOptions options = {}) noexcept;

  Monitor(Monitor&& other) noexcept;
  Monitor& operator=(Monitor&& other) noexcept;
  ~Monitor();  // as stop()

  // One last look, then what waits in sinks is sent, for five seconds at most; what is left then is counted as lost, or
  // stays in its spool. Idempotent. From a callback it returns at once, and the monitor stops when the callback has
  // returned. Do not hold a lock that a callback waits for.
  void stop() noexcept;
  [[nodiscard]] bool running() const noexcept;

  // What /healthz answers: JSON. At once, whatever the monitor does.
  [[nodiscard]] std::string health() const noexcept;
  // Those that fire now. Answered between two looks; an error after five seconds, or when it does not run.
  [[nodiscard]] Result<std::vector<MonitorAlert>> alerts() const noexcept;
  // Where HTTP is served, for "127.0.0.1:0"; 0: nowhere.
  [[nodiscard]] int http_port() const noexcept;

 private:
  class Handle;
  explicit Monitor(std::unique_ptr<Handle> handle) noexcept;
  std::unique_ptr<Handle> handle_;
};

}  // namespace pmon
