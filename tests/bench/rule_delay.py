#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Time from the moment at which a default rule's condition comes true until its alert is on stdout, at one second.

tests/bench/rule_delay.py [TRIALS]: of the rules whose trouble has such a moment. As root; PMON_BINARY and PMON_WORKLOADS
name what was built.
"""
import contextlib
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from peers.populations import end, workload

BINARY = os.environ.get("PMON_BINARY", "build/release/user/pmon")
LIMIT = 64 << 20


class Watch:
    """`pmon watch` over processes of one name; when(alert) is the moment at which that was read."""

    def __init__(self, name, *options):
        self.process = subprocess.Popen([BINARY, "watch", "--output", "json", "--samples", "--wait", "--name", f"^{name}$",
                                         *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.told, self.ready = {}, threading.Event()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.ready.set()
            if line.startswith('{"type":"alert"') and '"state":"firing"' in line:
                self.told.setdefault(line.split('"alert":"')[1].split('"')[0], time.monotonic())

    def when(self, alert, limit=30):
        deadline = time.monotonic() + limit
        while alert not in self.told:
            if time.monotonic() > deadline:
                raise SystemExit(f"rule_delay: error: {alert} was not told within {limit} s")
            time.sleep(0.002)
        return self.told[alert]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


@contextlib.contextmanager
def watching(name, *options):
    watch = Watch(name, *options)
    try:
        yield watch
    finally:
        watch.stop()


def named(folder, program, name):
    return shutil.copy(shutil.which(program), folder / name)


def at_random():
    time.sleep(2 + random.random())


def target_down(folder):
    process = subprocess.Popen([named(folder, "sleep", "delay-target"), "1000"])
    with watching("delay-target") as watch:
        watch.ready.wait()
        at_random()
        process.kill()
        process.wait()
        began = time.monotonic()
        return watch.when("TargetDown") - began


def crash_loop(folder):
    program = named(folder, "false", "delay-crash")
    with watching("delay-crash") as watch:
        at_random()
        for _ in range(5):
            subprocess.run([program], check=False)
            began = time.monotonic()
            time.sleep(0.3)
        return watch.when("CrashLoop") - began


def thread_surge(_):
    with watching("workload_storm") as watch:
        at_random()
        process = subprocess.Popen(workload("storm", 6000, 1_000_000), stdout=subprocess.PIPE, start_new_session=True)
        process.stdout.readline()  # all are there
        began = time.monotonic()
        try:
            return watch.when("ThreadSurge") - began
        finally:
            end(process)


def oom_killed(_):
    version_1 = pathlib.Path("/sys/fs/cgroup/memory")
    group = (version_1 if version_1.is_dir() else pathlib.Path("/sys/fs/cgroup")) / f"rule-delay-{os.getpid()}"
    group.mkdir()
    try:
        (group / ("memory.limit_in_bytes" if version_1.is_dir() else "memory.max")).write_text(str(LIMIT))
        with watching("workload_leak") as watch:
            at_random()
            process = subprocess.Popen(workload("leak", "malloc", 100_000_000, 60), stdout=subprocess.DEVNULL,
                                       preexec_fn=lambda: (group / "cgroup.procs").write_text("0"))
            process.wait()
            began = time.monotonic()
            return watch.when("OomKilled") - began
    finally:
        group.rmdir()


def pmon_blind(_):
    with watching("delay-nobody", "--ledger-slots", "300") as watch:
        at_random()
        process = subprocess.Popen(["bash", "-c", "for ((i = 0; i < 400; ++i)); do sleep 1000 & done; echo full; wait"],
                                   stdout=subprocess.PIPE, start_new_session=True)
        process.stdout.readline()  # the first that had no place was a little earlier
        began = time.monotonic()
        try:
            return watch.when("PmonBlind") - began
        finally:
            end(process)


RULES = {"TargetDown": target_down, "CrashLoop": crash_loop, "ThreadSurge": thread_surge, "OomKilled": oom_killed,
         "PmonBlind": pmon_blind}


def main():
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"| alert | median of {trials} | longest |\n|---|---|---|")
    for rule, trial in RULES.items():
        seconds = []
        for _ in range(trials):
            with tempfile.TemporaryDirectory() as folder:
                seconds.append(trial(pathlib.Path(folder)))
        print(f"| `{rule}` | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s |", flush=True)


main()
