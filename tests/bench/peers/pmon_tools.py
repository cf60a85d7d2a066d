# SPDX-License-Identifier: Apache-2.0
"""pmon as `pmon run`, with the kernel side and without it."""
import os
import pathlib
import re

from .tool import Tool, fetch

BINARY = pathlib.Path(os.environ.get("PMON_BINARY", "build/release/user/pmon"))


def sum_of(exposition, name, **labels):
    """The sum of all series of that name that have these labels."""
    total = 0.0
    for series, value in re.findall(rf"^{name}(\{{[^\n]*\}})? (\S+)$", exposition, re.M):
        if all(f'{label}="{wanted}"' in series for label, wanted in labels.items()):
            total += float(value)
    return total


class Pmon(Tool):
    name = "pmon"
    program = str(BINARY)
    settle = 2.0
    words = []

    def command(self):
        return [BINARY, "run", "--state", self.folder, "--set", f"lock={self.folder}/lock", "--listen", "127.0.0.1:0",
                "--output", "json", *self.words]

    def ready(self):
        return re.search(r"HTTP is served at ([\d.:]+)", self.output.read_text(errors="replace"))

    def metrics(self):
        return fetch(f"http://{self.ready()[1]}/metrics")

    def accounted(self, comm):
        page = self.metrics()
        return (sum_of(page, "pmon_group_cpu_seconds_total", group=comm),
                sum_of(page, "pmon_group_processes_started_total", group=comm))


class PmonScraped(Pmon):
    """The same, and the page of its metrics is fetched each second."""
    name = "pmon, scraped"
    samples_by_itself = True

    @property
    def url(self):
        found = self.ready() if self.output.exists() else None
        return f"http://{found[1]}/metrics" if found else "unknown yet"


class PmonProcfs(Pmon):
    name = "pmon without BPF"
    words = ["--collector", "procfs"]
