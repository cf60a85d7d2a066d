// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/ebpf_collector.h"

namespace pmon {

// Only x86 has the tracepoint page_fault_user.
#if defined(__x86_64__)
inline constexpr bool kFaultHook = true;
#else
inline constexpr bool kFaultHook = false;
#endif

// The collector over the running kernel, read when a test says so.
class Host {
 public:
  // Throws std::runtime_error where BPF is not to be had, as everything here does that cannot go on: a kernel test
  // that compares nothing must not pass.
  explicit Host(const BpfSizes& sizes = {});

  // Collects once; ended processes are kept.
  const Snapshot& tick();
  // Ticks until it holds, five seconds at most: whether it does.
  bool until(const std::function<bool()>& condition);
  // Of the last tick; nullptr where it does not live.
  [[nodiscard]] const ProcessSample* living(pid_t pid) const;
  [[nodiscard]] const ProcessSample& alive(pid_t pid) const;  // throws where it does not live
  // Ticks until the end of that pid has been seen; nullopt where it is not.
  [[nodiscard]] std::optional<ProcessSample> ended(pid_t pid);

  // Everything told since the start.
  [[nodiscard]] const std::vector<ProcessSample>& exits() const { return exits_; }
  [[nodiscard]] const std::vector<LifecycleEvent>& events() const { return events_; }
  [[nodiscard]] const std::vector<Notice>& notices() const { return notices_; }
  [[nodiscard]] std::uint64_t lost(const std::string& cause) const;
  // In how many ticks this process was new: whole, once at most.
  [[nodiscard]] int births(const ProcessKey& key) const;
  void forget();

  [[nodiscard]] EbpfCollector& collector() { return *collector_; }

 private:
  std::unique_ptr<EbpfCollector> collector_;
  Snapshot snapshot_;
  std::vector<ProcessSample> exits_;
  std::vector<LifecycleEvent> events_;
  std::vector<Notice> notices_;
  std::map<ProcessKey, int> births_;
};

// A forked child that runs a function and stops at its step()s until the test lets it go on.
class Child {
 public:
  // Called by the child: tells the parent that it is here, and waits for go().
  using Step = std::function<void()>;
  using Body = std::function<void(const Step& step)>;

  explicit Child(const Body& body);
  // Kills it if the test has not waited for it.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void await_step() const;  // until the child has reached its next step()
  void go() const;
  // Waits for its end: waitpid's status, and what getrusage counted.
  int wait();
  [[nodiscard]] const rusage& usage() const { return usage_; }

 private:
  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  bool waited_ = false;
  rusage usage_{};
};

// A process that ends at once with this code, as cheaply as the kernel can; its pid, already reaped.
pid_t flash(int code);
[[nodiscard]] double seconds(const timeval& time);
[[nodiscard]] double cpu_seconds(const rusage& usage);
// Whether the processor is QEMU's, which takes its time.
[[nodiscard]] bool emulated();
// How far CPU time may be from getrusage's: 1 %, and what an exit takes after the parent's rusage was read;
// that is milliseconds where the processor is emulated.
[[nodiscard]] double cpu_tolerance(double seconds);
// Uses this much CPU time of the calling thread, by its own clock.
void burn(double cpu_seconds);
// A value of /proc/PID/status in bytes or as a count: "RssAnon", "Threads".
[[nodiscard]] double status_value(pid_t pid, const std::string& key);
// A field of /proc/PID/stat by its number in proc(5).
[[nodiscard]] unsigned long long stat_field(pid_t pid, int number);

}  // namespace pmon
