// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>

#include "export/output.h"
#include "support.h"

namespace pmon::test {

inline constexpr Timestamp kNoon = 1'700'049'600'000;  // 2023-11-15 12:00:00 UTC

inline AlertNotice notice_of(AlertNotice::State state, std::string reason, Timestamp time) {
  AlertNotice notice;
  notice.reason = std::move(reason);
  notice.state = state;
  notice.time = time;
  notice.active_since = kNoon;
  notice.value = 5012;
  notice.labels = {{"alertname", "ThreadSurge"}, {"severity", "critical"}, {"pid", "1234"}, {"comm", "worker"}};
  notice.annotations = {
      {"summary", "5012 threads, 2040 more than a minute ago"},
      {"description",
       "A pool without a bound, or threads that wait for a lock that is never given back. Look at what "
       "they wait for: cat /proc/1234/task/*/wchan | sort | uniq -c"},
      {"runbook_url", "https://example.org/threads"},
  };
  return notice;
}

inline ProcessSample worker(double cpu, double threads, double resident) {
  return process(1234, "worker",
                 {{Metric::kCPU, cpu},
                  {Metric::kTHREADS, threads},
                  {Metric::kRESIDENT, resident},
                  {Metric::kHEAP, resident * 1.5},
                  {Metric::kSWITCHES_VOLUNTARY, 100},
                  {Metric::kMAJOR_FAULTS, threads},
                  {Metric::kSWITCHES_INVOLUNTARY, 20},
                  {Metric::kMEMORY_LIMIT, 2147483648.0}});
}

// A process that tries to forge lines, move the cursor and break encodings.
inline const std::string kHostileComm = "\x1b[2J\n\"FIRING\xff";

// Everything that an output can be told, once or more.
inline void play(Output& output) {
  output.notice(kNoon, {Notice::Level::kWarning, "collector_procfs",
                        "eBPF is not permitted here, so /proc is read: short-lived processes are not seen, and "
                        "run_delay_seconds_total and faults_total are absent (run as root, or see 'pmon doctor')"});
  output.sample(kNoon, worker(10, 40, 1.2e9), std::nullopt);
  output.sample(kNoon + 1000, worker(10.93, 5012, 1.3e9), 1.0);
  output.sample(kNoon + 1000, process(7, kHostileComm), 1.0);
  output.alert(notice_of(AlertNotice::State::kFiring, "fired", kNoon + 1000),
               {{kNoon, worker(10, 40, 1.2e9).metrics}, {kNoon + 1000, worker(10.93, 5012, 1.3e9).metrics}});
  output.event(kNoon + 2000, {LifecycleEvent::Kind::kExec, {1300, 130000}, "sh"});
  output.alert(notice_of(AlertNotice::State::kFiring, "repeat", kNoon + 300'000), {});
  output.alert(notice_of(AlertNotice::State::kResolved, "exited", kNoon + 301'000), {});
  output.event(kNoon + 302'000, {LifecycleEvent::Kind::kOomKill, {1234, 0}, "worker"});

  AlertNotice oom = notice_of(AlertNotice::State::kFiring, "fired", kNoon + 302'000);
  oom.labels = {{"alertname", "OomKilled"}, {"severity", "critical"}, {"pid", "1234"}, {"comm", kHostileComm}};
  oom.annotations = {{"summary", "The kernel killed " + kHostileComm + " for memory"}};
  oom.value = 1;
  output.alert(oom, {{kNoon, worker(10, 40, 1e8).metrics},
                     {kNoon + 150'000, worker(40, 80, 1e9).metrics},
                     {kNoon + 302'000, worker(100, 90, 2.1e9).metrics}});
  AlertNotice group;
  group.reason = "fired";
  group.time = kNoon + 303'000;
  group.active_since = kNoon + 303'000;
  group.value = NAN;
  group.labels = {{"alertname", "CrashLoop"}, {"group", "php-fpm"}};
  output.alert(group, {});

  ProcessSample ended = worker(101, 1, 0);
  ended.exit = Exit{0, 9, 302.5};
  output.exit(kNoon + 304'000, ended);
  ProcessSample gone = process(7, kHostileComm);
  gone.exit = Exit{};
  output.exit(kNoon + 304'000, gone);
  ProcessSample failed = process(8, "make");
  failed.exit = Exit{2, 0, 0.125};
  output.exit(kNoon + 304'000, failed);
  output.notice(kNoon + 305'000,
                {Notice::Level::kError, "textfile", "textfile 'x.prom': write: No space left on device"});

  WatchSummary summary;
  summary.time = kNoon + 306'000;
  summary.elapsed_seconds = 306;
  summary.ticks = 306;
  summary.processes_seen = 3;
  summary.exits_seen = 3;
  summary.alerts_fired = 3;
  summary.alerts_by_name = {{"CrashLoop", 1}, {"OomKilled", 1}, {"ThreadSurge", 1}};
  summary.losses = {{"ledger_full", 0, false}, {"ring_full_exec", 4, true}};
  summary.own_cpu_seconds = 0.153;
  summary.own_start_cpu_seconds = 0.06;
  summary.own_peak_rss_bytes = 19'000'000;
  output.summary(summary);
}

}  // namespace pmon::test
