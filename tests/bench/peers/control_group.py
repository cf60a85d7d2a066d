# SPDX-License-Identifier: Apache-2.0
"""A control group of its own for each tool: what all its processes took, also those that have ended."""
import contextlib
import os
import pathlib
import re
import signal
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
# What ends while it is looked at.
GONE = contextlib.suppress(FileNotFoundError, ProcessLookupError)


def resident_bytes(pid):
    with GONE:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def unified_hierarchy():
    """Where cgroup 2 is mounted; its cpu.stat counts CPU time even where no controller is enabled."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, place, kind = line.split()[:3]
        if kind == "cgroup2":
            return pathlib.Path(place)
    raise SystemExit("error: cgroup 2 is not mounted\n"
                     "remedy: mount -t cgroup2 none /sys/fs/cgroup/unified")


class ControlGroup:
    """Usable until remove(), which ends every process in it."""

    def __init__(self, name):
        self.path = unified_hierarchy() / f"pmon-bench-{os.getpid()}-{name}"
        self.path.mkdir()

    def enter(self):
        """For the child between fork and exec."""
        (self.path / "cgroup.procs").write_text("0")

    def pids(self):
        return [int(pid) for pid in (self.path / "cgroup.procs").read_text().split()]

    def cpu_seconds(self):
        return int(re.search(r"usage_usec (\d+)", (self.path / "cpu.stat").read_text())[1]) / 1e6

    def resident_bytes(self):
        return sum(resident_bytes(pid) for pid in self.pids())

    def kernel_bytes(self):
        """What its BPF maps and programs and its perf buffers take in the kernel, each counted once."""
        held = {}
        for pid in self.pids():
            with GONE:
                for fdinfo in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
                    with GONE:
                        held.update(bpf_memory(fdinfo.read_text()))
                held.update(perf_buffers(pid, pathlib.Path(f"/proc/{pid}/maps").read_text()))
        return sum(held.values())

    def signal(self, number):
        for pid in self.pids():
            with GONE:
                os.kill(pid, number)

    def remove(self):
        deadline = time.monotonic() + 20
        while self.pids():
            if time.monotonic() > deadline:
                raise SystemExit(f"error: {self.path} has processes that do not end: {self.pids()}")
            self.signal(signal.SIGKILL)
            time.sleep(0.02)
        self.path.rmdir()


def bpf_memory(fdinfo):
    """{what: bytes} of a file of /proc/PID/fdinfo, if it is a BPF map or program."""
    fields = dict(re.findall(r"^(\w+):\s+(\S+)$", fdinfo, re.M))
    for kind in ("map_id", "prog_id"):
        if kind in fields and "memlock" in fields:
            return {(kind, fields[kind]): int(fields["memlock"])}
    return {}


def perf_buffers(pid, maps):
    """{what: bytes} of the perf ring buffers among the mappings of a process."""
    ranges = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) .*\[perf_event\]$", maps, re.M)
    return {(pid, begin): int(end, 16) - int(begin, 16) for begin, end in ranges}
