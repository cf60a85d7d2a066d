# SPDX-License-Identifier: Apache-2.0
"""What the daemon takes of the host, over time, and whether that grows."""
import dataclasses
import os
import pathlib
import statistics
import time

from peers.control_group import resident_bytes

WARM_UP_S = 360  # rules look back five minutes, and evidence is kept as long: until then memory may grow


@dataclasses.dataclass
class Sample:
    at: float
    resident_mb: float
    fds: float
    threads: float
    surplus_slots: float  # of the ledger, beyond one for each process of the host
    kernel_mb: float
    cpu_seconds: float  # since its start


def take(group, pid, page, began):
    used = page.sum("pmon_ledger_slots", 'state="active"') + page.sum("pmon_ledger_slots", 'state="dead"')
    processes = sum(name.isdigit() for name in os.listdir("/proc"))
    return Sample(time.monotonic() - began, resident_bytes(pid) / 1e6, len(os.listdir(f"/proc/{pid}/fd")),
                  len(os.listdir(f"/proc/{pid}/task")), used - processes,
                  group.kernel_bytes() / 1e6, group.cpu_seconds())


def slope(xs, ys):
    """Least squares; 0 of fewer than two points."""
    return statistics.linear_regression(xs, ys).slope if len(set(xs)) > 1 else 0.0


@dataclasses.dataclass
class Trend:
    """median, first, last: of the samples after the warm-up; growth: of the line through them, from end to end."""
    name: str
    unit: str
    median: float
    lowest: float
    highest: float
    growth: float
    allowed: float

    @property
    def flat(self):
        return self.growth <= self.allowed


def trends(samples):
    """After the warm-up; of a short run its second half, in which memory still fills with what rules look back at."""
    end = samples[-1].at
    long = end > 2 * WARM_UP_S
    kept = [sample for sample in samples if sample.at >= (WARM_UP_S if long else end / 2)]
    at = [sample.at for sample in kept]

    def trend(name, unit, values, allowed):
        return Trend(name, unit, statistics.median(values), min(values), max(values),
                     slope(at[:len(values)], values) * (at[-1] - at[0]), allowed)
    resident = [sample.resident_mb for sample in kept]
    pairs = list(zip(kept, kept[1:]))
    cpu = [(b.cpu_seconds - a.cpu_seconds) / (b.at - a.at) * 100 for a, b in pairs]
    return [
        trend("resident memory", "MB", resident, max(2.0, 0.03 * resident[0]) if long else 16.0),
        trend("file descriptors", "", [sample.fds for sample in kept], 2.0),
        trend("threads", "", [sample.threads for sample in kept], 1.0),
        trend("ledger slots beyond the host's processes", "", [sample.surplus_slots for sample in kept], 50.0),
        trend("BPF maps and programs", "MB", [sample.kernel_mb for sample in kept], 0.1),
        trend("CPU, of a core", "%", cpu, max(1.0, 0.3 * statistics.median(cpu)) if long else 5.0),
    ]


def peak_resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None
