# SPDX-License-Identifier: Apache-2.0
"""Processes that live for less than a sample's interval: who accounts how much of what they used."""
import json
import shutil
import subprocess
import time

from .populations import workload

CHILDREN, EACH_MS, AT_ONCE = 400, 20, 2
COMM = "bench-forks"  # a name of its own: other programs of this host may use the same workload


def burn(children, folder):
    """(CPU seconds, processes) as the kernel told the parent of all its children, itself included."""
    program, *words = workload("fork", children, EACH_MS, 0, AT_ONCE, 0)
    copy = shutil.copy(program, folder / COMM)
    done = subprocess.run([copy, *words], capture_output=True, text=True, check=True)
    last = json.loads(done.stdout.splitlines()[-1])
    return last["cpu_s"] + last["children_cpu_s"], children + 1


def accounted_by(cls, children=CHILDREN):
    """(share of CPU seconds, share of processes) that the tool told of, None where it does not tell at all."""
    tool = cls()
    try:
        tool.start()
        tool.scrape_each_second()
        time.sleep(1.2)  # past a first sample, in which some tools tell of everything since the boot
        seconds, processes = burn(children, tool.folder)
        time.sleep(2.5)  # so that whoever looks each second has looked
        tool.stop_scraping()
        told_seconds, told_processes = tool.accounted(COMM)
        return (None if told_seconds is None else told_seconds / seconds,
                None if told_processes is None else told_processes / processes)
    finally:
        tool.remove()
