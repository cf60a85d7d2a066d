# SPDX-License-Identifier: Apache-2.0
"""What there is on the host while a sample's cost is measured."""
import contextlib
import os
import pathlib
import signal
import subprocess
import time

WORKLOADS = pathlib.Path(os.environ.get("PMON_WORKLOADS", "build/test/tests/workloads"))


def workload(name, *words):
    return [str(WORKLOADS / f"workload_{name}"), *map(str, words)]


def end(process):
    """Its whole process group; and waits until init has reaped all of them."""
    group = process.pid
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)


@contextlib.contextmanager
def idle_processes(count):
    """Programs that sleep, each started for itself, as those of a host are."""
    process = subprocess.Popen(
        ["bash", "-c", f"for ((i = 0; i < {count}; ++i)); do sleep 100000 & done; echo ready; wait"],
        stdout=subprocess.PIPE, start_new_session=True)
    try:
        process.stdout.readline()
        yield
    finally:
        end(process)


@contextlib.contextmanager
def one_process(words, event, niceness=0):
    """A workload that has told that `event`."""
    process = subprocess.Popen(["nice", "-n", str(niceness), *words], stdout=subprocess.PIPE, start_new_session=True)
    try:
        while f'"{event}"'.encode() not in process.stdout.readline():
            if process.poll() is not None:
                raise SystemExit(f"bench-peers: error: {' '.join(words)} ended with status {process.returncode}")
        yield
    finally:
        end(process)


FOREVER_MS = 10_000_000


def busy_threads(count):
    """At the lowest priority, so that it is not the waiting for a CPU that is measured."""
    return one_process(workload("burn", FOREVER_MS, count, "any"), "ready", niceness=19)


def many_threads(count):
    return one_process(workload("storm", count, FOREVER_MS), "peak")


POPULATIONS = {
    "100 idle processes": lambda: idle_processes(100),
    "1,000 idle processes": lambda: idle_processes(1000),
    "8,000 idle processes": lambda: idle_processes(8000),
    "500 busy threads": lambda: busy_threads(500),
    "10,000 threads in one process": lambda: many_threads(10000),
}
