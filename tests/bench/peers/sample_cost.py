# SPDX-License-Identifier: Apache-2.0
"""What one sample of all processes takes: CPU of all the tool's processes, and its memory."""
import time

from .control_group import ControlGroup
from .tool import DoesNotRun, fetch

WINDOW_S = 4      # of a tool that samples by itself, each second
SCRAPES = 2
RUNS = 1, 3       # samples of two runs of a tool that ends by itself: starting up cancels out


class Cost:
    def __init__(self, cpu_ms, resident, kernel):
        self.cpu_ms, self.resident, self.kernel = cpu_ms, resident, kernel


def of_runs(tool):
    """A tool that takes so many samples and ends: CPU of a long run less that of a short one."""
    tool.require()
    used, largest = [], 0
    for samples in RUNS:
        cpu, resident = run(tool, samples)
        used.append(cpu)
        largest = max(largest, resident)
    return Cost((used[1] - used[0]) * 1000 / (RUNS[1] - RUNS[0]), largest, 0)


def run(tool, samples):
    """(CPU seconds, largest resident bytes) of a run to its end."""
    tool.group = ControlGroup(tool.__class__.__name__)
    try:
        tool.process = tool.spawn(tool.once(samples), "/dev/null")
        largest = 0
        while tool.process.poll() is None:
            largest = max(largest, tool.group.resident_bytes())
            time.sleep(0.02)
        if tool.process.returncode:
            raise DoesNotRun(tool.last_words())
        return tool.group.cpu_seconds(), largest
    finally:
        tool.group.remove()
        tool.group = tool.process = None


def of_one_that_runs(tool):
    tool.start()
    try:
        if tool.url:
            fetch(tool.url)  # the first scrape is dearer, for its names are read
        before = tool.group.cpu_seconds()
        samples = SCRAPES if tool.url else WINDOW_S
        for _ in range(samples):
            if tool.url:
                fetch(tool.url)
            if not tool.url or tool.samples_by_itself:
                time.sleep(1)
        used = tool.group.cpu_seconds() - before
        return Cost(used * 1000 / samples, tool.group.resident_bytes(), tool.group.kernel_bytes())
    finally:
        tool.stop()


def cost_of_a_sample(tool):
    return of_runs(tool) if tool.once(1) else of_one_that_runs(tool)
