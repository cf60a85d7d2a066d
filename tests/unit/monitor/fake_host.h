// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/collector.h"
#include "export/output.h"
#include "monitor/clock.h"

namespace pmon::monitor {

// A fake, for unit tests only: a host whose processes are what the test says, and its clock.
class FakeHost final : public Clock {
 public:
  ProcessSample& process(std::int32_t pid, std::string comm, std::int32_t parent = 1) {
    for (ProcessSample& process : processes_) {
      if (process.key.pid == pid) return process;
    }
    ProcessSample& born = processes_.emplace_back();
    born.key = {pid, static_cast<std::uint64_t>(now_.now)};
    born.comm = std::move(comm);
    born.parent_pid = parent;
    born.born = collected_ > 0;
    return born;
  }
  // The process's last sample is that of the next tick.
  void end(std::int32_t pid, int code, int signal = 0) { process(pid, "").exit = Exit{code, signal, 1.0}; }
  void advance(Timestamp ms) {
    now_.now += ms;
    now_.wall += ms;
    now_.boottime_ns += static_cast<std::uint64_t>(ms) * 1'000'000;
  }
  // Somebody sets the clock on the wall.
  void set_clock_by(Timestamp ms) { now_.wall += ms; }
  void fail_next_collect() { fail_ = true; }
  void lose(const std::string& cause, std::uint64_t total) { losses_ = {{cause, total, false}}; }
  void tell(LifecycleEvent event) { events_.push_back(std::move(event)); }

  [[nodiscard]] Tick now() const override { return now_; }
  [[nodiscard]] const std::vector<WatchedProcess>& watched() const { return watched_; }
  Capabilities capabilities = [] {
    Capabilities all;
    for (const MetricInfo& row : metric_table()) all.add(row.metric);
    return all;
  }();

 private:
  friend class FakeCollector;
  std::vector<ProcessSample> processes_;
  std::vector<LifecycleEvent> events_;
  std::vector<Loss> losses_;
  std::vector<WatchedProcess> watched_;
  Tick now_{1'700'000'000'000, 1'000'000'000'000, 1'700'000'000'000};
  int collected_ = 0;
  bool fail_ = false;
};

class FakeCollector final : public Collector {
 public:
  explicit FakeCollector(FakeHost& host) : host_(host) {}
  [[nodiscard]] std::string_view name() const override { return "fake"; }
  [[nodiscard]] const Capabilities& capabilities() const override { return host_.capabilities; }
  [[nodiscard]] Result<void> collect(const Tick& tick, Snapshot& out) override {
    out.clear();
    out.time = tick.now;
    if (std::exchange(host_.fail_, false)) return fail(ErrorKind::kFailed, "the fake host was told to fail");
    out.processes = host_.processes_;
    out.events = std::exchange(host_.events_, {});
    out.losses = host_.losses_;
    std::erase_if(host_.processes_, [](const ProcessSample& process) { return process.exit.has_value(); });
    for (ProcessSample& process : host_.processes_) process.born = false;
    ++host_.collected_;
    return {};
  }
  void watch(std::span<const WatchedProcess> targets) override {
    host_.watched_.assign(targets.begin(), targets.end());
  }

 private:
  FakeHost& host_;
};

// Keeps what a watch says, a line each: "fired HeapLeak 7", "sample 7", "exit 7 code 3", "exec 7 sh",
// "notice ledger_full", "status targets=1 waiting=0 firing=0".
class CapturedOutput final : public Output {
 public:
  void alert(const AlertNotice& notice, const Evidence& evidence) override {
    add(notice.reason, std::string(notice.labels.get("alertname")), std::string(notice.labels.get("pid")));
    last_alert = notice;
    last_evidence = evidence;
  }
  void sample(Timestamp, const ProcessSample& process, std::optional<double> interval) override {
    add("sample", std::to_string(process.key.pid), interval ? "interval" : "first");
  }
  void exit(Timestamp, const ProcessSample& process) override {
    add("exit", std::to_string(process.key.pid), "code " + std::to_string(process.exit->code.value_or(-1)));
  }
  void event(Timestamp, const LifecycleEvent& event) override {
    add(event.kind == LifecycleEvent::Kind::kExec ? "exec" : "oom_kill", std::to_string(event.key.pid), event.comm);
  }
  void notice(Timestamp, const Notice& notice) override { add("notice", notice.code, ""); }
  void status(const WatchStatus& status) override { last_status = status; }
  void summary(const WatchSummary&) override {}
  [[nodiscard]] Result<Reader> flush() override { return reader; }

  [[nodiscard]] std::size_t count(std::string_view line) const {
    return static_cast<std::size_t>(std::ranges::count(lines, line));
  }

  std::vector<std::string> lines;
  AlertNotice last_alert;
  Evidence last_evidence;
  WatchStatus last_status;
  Reader reader = Reader::kListening;

 private:
  void add(const std::string& kind, const std::string& what, const std::string& detail) {
    lines.push_back(kind + " " + what + (detail.empty() ? "" : " " + detail));
  }
};

}  // namespace pmon::monitor
