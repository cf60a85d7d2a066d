# SPDX-License-Identifier: Apache-2.0
"""Programs that read /proc at an interval and print a line for each process."""
import re

from .tool import Tool


def lines_of(file):
    return file.read_text(errors="replace").splitlines()


class Pidstat(Tool):
    name = "pidstat -u -r"
    program = "pidstat"

    def command(self):
        return ["pidstat", "-h", "-u", "-r", "1"]

    def once(self, samples):
        return ["pidstat", "-h", "-u", "-r", "1", str(samples)]

    def accounted(self, comm):
        return pidstat_seconds(lines_of(self.output), comm)


def pidstat_seconds(lines, comm):
    """Each line is a process in one second: Time UID PID %usr %system %guest %wait %CPU …"""
    rows = [line.split() for line in lines if line.endswith(f" {comm}")]
    return sum(float(row[7]) / 100 for row in rows), len({row[2] for row in rows})


class Top(Tool):
    name = "top -b"
    program = "top"

    def command(self):
        return ["top", "-b", "-d", "1", "-w", "512"]

    def once(self, samples):
        return ["top", "-b", "-d", "0.2", "-w", "512", "-n", str(samples)]

    def accounted(self, comm):
        return top_seconds(lines_of(self.output), comm)


def top_seconds(lines, comm):
    """TIME+ (minutes:seconds.hundredths) as each process had it when it was last seen."""
    seen = {}
    for line in lines:
        row = line.split()
        if len(row) == 12 and row[11] == comm:
            minutes, seconds = row[10].split(":")
            seen[row[0]] = int(minutes) * 60 + float(seconds)
    return sum(seen.values()), len(seen)


class Ps(Tool):
    """ps has no interval: it is started once a second."""
    name = "ps -e"
    program = "ps"
    words = "ps -e -o pid,cputimes,rss,vsz,nlwp,comm"

    def command(self):
        return ["bash", "-c", f"while sleep 1; do {self.words}; done"]

    def once(self, samples):
        return ["bash", "-c", f"for ((i = 0; i < {samples}; ++i)); do {self.words}; done"]

    def accounted(self, comm):
        rows = [line.split() for line in lines_of(self.output) if line.endswith(f" {comm}")]
        seen = {row[0]: int(row[1]) for row in rows}
        return sum(seen.values()), len(seen)


class Atop(Tool):
    """It reads /proc and, as root, the kernel's process accounting, which tells of what has ended."""
    name = "atop"
    program = "atop"
    settle = 2.0

    def command(self):
        return ["atop", "-P", "PRC,PRM", "1"]

    def once(self, samples):
        return ["atop", "-P", "PRC,PRM", "1", str(samples)]

    def accounted(self, comm):
        return atop_seconds(self.output.read_text(errors="replace"), comm)


def atop_seconds(text, comm):
    """PRC lines are what a process used since the sample before; those of the first sample, since it was started."""
    seconds, pids = 0.0, set()
    for block in text.split("SEP\n")[1:]:
        for pid, hertz, user, system in re.findall(
                rf"^PRC \S+ \S+ \S+ \S+ \S+ (\d+) \({re.escape(comm)}\) \S (\d+) (\d+) (\d+) ", block, re.M):
            seconds += (int(user) + int(system)) / int(hertz)
            pids.add(pid)
    return seconds, len(pids)
