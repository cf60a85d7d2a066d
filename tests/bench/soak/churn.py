# SPDX-License-Identifier: Apache-2.0
"""Processes that come and go, of which is known how many there were, and some that stay and are busy."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time

WORKLOADS = pathlib.Path(os.environ.get("PMON_WORKLOADS", "build/test/tests/workloads"))
FOREVER_MS = "100000000"
# Names of their own: other programs of this host, or another soak, may use the same workloads.
FORKS, EXECS = f"fork-{os.getpid()}", f"exec-{os.getpid()}"
EXEC_PART = 10  # every tenth also executes another program


def named(name):
    """What this thread starts has that name from its first moment: pmon counts a birth under the first name it sees."""
    pathlib.Path("/proc/thread-self/comm").write_text(name)


def start(program, *words, niceness=0):
    before = pathlib.Path("/proc/thread-self/comm").read_text()
    named(program.name)
    process = subprocess.Popen([program, *map(str, words)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                               start_new_session=True, preexec_fn=lambda: os.nice(niceness))
    named(before)
    return process


class Churn:
    """rate processes a second for so many seconds: forks of one program, and starts of another."""

    def __init__(self, folder, rate, seconds):
        self.starter, forker = folder / EXECS, folder / FORKS
        shutil.copy(WORKLOADS / "workload_burn", self.starter)
        shutil.copy(WORKLOADS / "workload_fork", forker)
        self.execs = 0
        self.execs_wanted = round(rate / EXEC_PART * seconds)
        self.exec_rate = rate / EXEC_PART
        fork_rate = round(rate - self.exec_rate)
        # Some at a time, so that one which is late holds up no other; each burns a millisecond.
        self.forker = start(forker, round(fork_rate * seconds), 1, 0, 8, fork_rate)
        self.stayers = [start(WORKLOADS / "workload_burn", FOREVER_MS, 2, "any", niceness=19),
                        start(WORKLOADS / "workload_storm", 20, FOREVER_MS)]
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.execute), threading.Thread(target=self.surge)]
        for thread in self.threads:
            thread.start()

    def execute(self):
        named(EXECS)
        began = time.monotonic()
        while self.execs < self.execs_wanted and not self.stopping.is_set():
            subprocess.run([self.starter, "1", "1", "any"], stdout=subprocess.DEVNULL, check=True)
            self.execs += 1
            time.sleep(max(0.0, began + self.execs / self.exec_rate - time.monotonic()))

    def surge(self):
        """A process with many threads for five seconds of each fifteen: an alert that fires and resolves."""
        while not self.stopping.wait(10):
            process = start(WORKLOADS / "workload_storm", 60, 5000)
            process.communicate()

    def births(self):
        """Waits for its end: {name: how many processes of that name there were}, those that stay left out."""
        self.threads[0].join()
        done = json.loads(self.forker.communicate()[0].splitlines()[-1])
        return {FORKS: done["children"] + 1, EXECS: self.execs}

    def stop(self):
        self.stopping.set()
        for process in [self.forker, *self.stayers]:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for thread in self.threads:
            thread.join()
