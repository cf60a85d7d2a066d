# SPDX-License-Identifier: Apache-2.0
"""What was measured, as the tables of docs/performance.md."""
import re
import subprocess

from .alert_delay import PmonEachSecond, WithProcessExporter
from .figures import machine, median, number, percent, table, times, with_spread
from .short_lived import AT_ONCE, EACH_MS
from .slow_down import CONTROL

PMON = "pmon"
VERSIONS = {"process-exporter": "prometheus-process-exporter", "node_exporter": "prometheus-node-exporter",
            "sysstat": "sysstat", "procps": "procps", "atop": "atop", "netdata": "netdata-core",
            "libbpf-tools": "libbpf-tools", "bpftrace": "bpftrace", "Prometheus": "prometheus", "perf": "linux-perf",
            "stress-ng": "stress-ng"}


def introduction(load, command):
    policy = subprocess.run(["apt-cache", "policy", *VERSIONS.values()], capture_output=True, text=True).stdout
    found = dict(re.findall(r"^(\S+):\n.*\n  Candidate: (?:\d+:)?([\w.]+)", policy, re.M))
    versions = ", ".join(f"{name} {found[package]}" for name, package in VERSIONS.items() if package in found)
    return f"`{command}` on {machine(load)} Debian's {versions}."


class Report:
    def __init__(self, results, load, command):
        self.results, self.plan = results, results.plan
        self.intro = introduction(load, command)

    def section(self):
        parts = [self.intro, "### A sample of all processes", SAMPLE_TEXT, self.samples(), "### Memory", MEMORY_TEXT,
                 self.memory(), "### What the works of others lose", self.slow_down_text(), self.slow_down(),
                 "### Processes that live for 20 ms", SHORT_TEXT.format(children=self.plan.children), self.accounted(),
                 "### From the fault to the alert", DELAY_TEXT, self.delays(), self.not_run()]
        return "\n\n".join(part for part in parts if part)

    def samples(self):
        def cell(name, population):
            values = [cost.cpu_ms for cost in self.results.costs[name].get(population, [])]
            return f"{with_spread(values, 'ms')}, {self.of_pmon(name, population)}"
        rows = [[name, *(cell(name, population) for population in self.plan.populations)]
                for name in self.names(self.plan.sampling, self.results.costs)]
        return table(["CPU of a sample, × that of pmon", *self.plan.populations], rows)

    def of_pmon(self, name, population):
        def middle(tool):
            return median([cost.cpu_ms for cost in self.results.costs.get(tool, {}).get(population, [])])
        return times(middle(name), middle(PMON))

    def memory(self):
        populations = [name for name in self.plan.populations if name.endswith("idle processes")]

        def megabytes(pairs):
            if not pairs:
                return "–"
            resident, kernel = (median([pair[i] for pair in pairs]) / 1e6 for i in (0, 1))
            return f"{number(resident)} + {number(kernel)} MB"
        rows = []
        for cls in self.plan.slowing:
            costs = self.results.costs.get(cls.name, {})
            if cls.name in self.results.slow_down.memory:
                rows.append([cls.name, *(megabytes([(cost.resident, cost.kernel) for cost in costs.get(name, [])])
                                         for name in populations), megabytes(self.results.slow_down.memory[cls.name])])
        return table(["resident + in the kernel", *populations, "while others work"], rows)

    def slow_down_text(self):
        seconds = self.results.slow_down.seconds
        alone = ", ".join(f"{work} {number(median(values))} s" for work, values in seconds.items())
        return SLOW_TEXT.format(around=self.plan.around) + f" Alone they take: {alone}."

    def slow_down(self):
        ratios = self.results.slow_down.ratios
        names = [CONTROL, *self.names(self.plan.slowing, ratios)]
        rows = [[name, *(percent(ratios[name][work]) for work in self.plan.works)] for name in names]
        return table(["longer with", *self.plan.works], rows)

    def accounted(self):
        def share(pairs, which):
            values = [pair[which] * 100 for pair in pairs if pair[which] is not None]
            return with_spread(values, "%")
        rows = [[name, share(self.results.accounted[name], 0), share(self.results.accounted[name], 1)]
                for name in self.names(self.plan.accounting, self.results.accounted)]
        return table(["", "of the CPU seconds", "of the processes"], rows)

    def delays(self):
        seconds, missed = self.results.alert_delay.seconds, self.results.alert_delay.missed
        rows = [[cls.name, with_spread(seconds.get(cls.name, []), "s"), number(max(seconds.get(cls.name, [0])) or None),
                 f"{len(seconds.get(cls.name, []))} of {len(seconds.get(cls.name, [])) + missed.get(cls.name, 0)}"]
                for cls in self.plan.watchers if cls.name not in self.results.alert_delay.failed]
        return table(["", "fault to alert", "longest, s", "faults seen"], rows)

    def not_run(self):
        if not self.results.failed:
            return "Every tool ran on this host."
        return "These did not run on this host:\n\n" + "\n".join(
            f"- {name}: {why}" for name, why in sorted(self.results.failed.items()))

    def names(self, tools, measured):
        return [cls.name for cls in tools if cls.name in measured and cls.name not in self.results.failed]

    def summary(self):
        """The table for the page's top: of each tool the figures that have one number, and the noise of such a number."""
        population = self.plan.populations[2 if len(self.plan.populations) > 2 else -1]
        delays = {PMON: PmonEachSecond.name, "process-exporter": WithProcessExporter.name,
                  "netdata, apps plugin": "netdata's alarm, each second",
                  "node_exporter, processes": "Prometheus with node_exporter, each 5 s"}
        rows = []
        for name in [*self.names(self.plan.slowing, self.results.slow_down.ratios), CONTROL]:
            costs = self.results.costs.get(name, {}).get(population, [])
            ratios = [median(values) for values in self.results.slow_down.ratios[name].values()]
            seconds = [pair[0] * 100 for pair in self.results.accounted.get(name, []) if pair[0] is not None]
            delay = self.results.alert_delay.seconds.get(delays.get(name), [])
            rows.append([name, f"{number(median([cost.cpu_ms for cost in costs]))} ms" if costs else "–",
                         f"{(median(ratios) - 1) * 100:+.1f} %",
                         f"{number(median(seconds))} %" if seconds else "–",
                         f"{number(median(delay))} s" if delay else "–"])
        return table(["", f"CPU of a sample, {population}", f"works take longer (median of {len(self.plan.works)})",
                      f"CPU of {EACH_MS} ms children accounted", "fault to alert"], rows)


SAMPLE_TEXT = """CPU of all the tool's processes for one sample, starting up left out: medians, in brackets the middle half (or, of
less than four rounds, all). pmon's sample is a tick with all default rules evaluated over all processes; its sweep each
30 s is not in it. "Scraped" is a tick and a page of `/metrics`. The busy threads run at the lowest priority, so that no
tool waits for a CPU."""
MEMORY_TEXT = """Resident memory of all the tool's processes, and what its BPF maps and programs and perf buffers take in the
kernel (`memlock` of their fdinfo, which leaves out task storage: see below)."""
SLOW_TEXT = f"""Works of a fixed amount that keep all CPUs busy, beside {{around}}: how much longer they take while a
tool looks once a second (scraped, where it waits to be asked), against the same round's two runs without one.
"{CONTROL.capitalize()}" is the second of these against the first: the measurement's own noise. In brackets the middle
half of the rounds."""
SHORT_TEXT = f"""{{children}} children of one program, {AT_ONCE} at a time, that use {EACH_MS} ms of CPU each; the truth is what
the kernel told their parent. pmon, pidstat, top, ps, atop and netdata look each second, process-exporter is scraped each
second. Children that do not exec are nothing to execsnoop; exitsnoop tells how long they lived, not what they used;
netdata sees what their parent has inherited from them; atop reads the kernel's process accounting, whose unit is 10 ms."""
DELAY_TEXT = """A process has 1,000 threads at once, the rule is a threshold of 500 without `for`; all look at the same faults.
pmon's alert is seen on its stdout, Prometheus's and netdata's by asking them each 50 ms. node_exporter knows the number
of threads of the whole host alone, and not whose they are."""
