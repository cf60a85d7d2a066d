# SPDX-License-Identifier: Apache-2.0
"""A page of /metrics as numbers, and whether its counters only go up."""
import re

LINE = re.compile(r"^(\w+)(\{.*\})? (\S+)$", re.M)
PID = re.compile(r'pid="(\d+)"')


class Page:
    def __init__(self, text):
        self.counters = set(re.findall(r"^# TYPE (\w+) counter$", text, re.M))
        found = LINE.findall(text)
        self.series = {(name, labels): float(value) for name, labels, value in found}
        self.twice = len(found) - len(self.series)

    def sum(self, name, *parts):
        """Of all series of that name whose labels have these parts, such as 'group="x"'; None where there is none."""
        found = [value for (series, labels), value in self.series.items()
                 if series == name and all(part in labels for part in parts)]
        return sum(found) if found else None

    def by(self, name, label):
        """{value of the label: sum} of all series of that name."""
        totals = {}
        for (series, labels), value in self.series.items():
            if series == name:
                key = re.search(rf'\b{label}="([^"]*)"', labels)[1]
                totals[key] = totals.get(key, 0) + value
        return totals

    def identified(self):
        """The counters' series, each with its process's start time: pids are used again."""
        starts = {PID.search(labels)[1]: value for (name, labels), value in self.series.items()
                  if name == "pmon_process_start_time_seconds" and PID.search(labels)}
        for (name, labels), value in self.series.items():
            if name in self.counters:
                pid = PID.search(labels)
                yield (name, labels, starts.get(pid[1]) if pid else None), value


class Monotony:
    """Fed with one page after the other; `fallen` says which counters went backwards, `twice` how often a page had
    the same series twice, which Prometheus refuses."""

    def __init__(self):
        self.highest, self.fallen, self.seen, self.twice = {}, [], 0, 0

    def add(self, page):
        present = dict(page.identified())
        for series, value in present.items():
            before = self.highest.get(series)
            if before is not None and value < before:
                self.fallen.append(f"{series[0]}{series[1]} fell from {before:g} to {value:g}")
        # What belongs to a process is forgotten with it; all else may come back, and no lower than it was.
        self.highest = {series: value for series, value in self.highest.items() if series[2] is None} | present
        self.twice += page.twice
        self.seen = max(self.seen, len(present))
