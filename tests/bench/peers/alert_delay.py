# SPDX-License-Identifier: Apache-2.0
"""Time from a fault to the alert: all watchers look at the same faults at the same time.

The fault is a process that has 1,000 threads at once; the rule of each watcher is a threshold of 500 threads, without
`for`. Prometheus scrapes and evaluates each 5 s. What fires is seen on pmon's stdout as it is printed, in Prometheus
and in netdata by asking each 50 ms.
"""
import json
import random
import subprocess
import threading
import time

from .exporters import Exporter, NodeExporter, ProcessExporter
from .netdata import Netdata
from .pmon_tools import BINARY
from .populations import end, workload
from .tool import DoesNotRun, Tool, fetch

THRESHOLD, THREADS, INTERVAL_S = 500, 1000, 5
COMM = "workload_storm"
GIVE_UP_S = 30
RULE = """groups:
  - name: threads
    rules:
      - {{alert: TooManyThreads, expr: '{expr}'}}
"""


class PmonAlerts(Tool):
    program = str(BINARY)
    interval = "1s"

    def command(self):
        rule = self.folder / "rule.yml"
        rule.write_text(RULE.format(expr=f'pmon_process_threads{{comm="{COMM}"}} > {THRESHOLD}'))
        return [BINARY, "run", "--state", self.folder, "--set", f"lock={self.folder}/lock", "--listen", "off",
                "--output", "json", "--no-default-rules", "--rules", rule, "--interval", self.interval]

    def firing(self):
        states = [json.loads(line)["state"] for line in self.output.read_text(errors="replace").splitlines()
                  if line.startswith('{"type":"alert"') and line.endswith("}")]
        return bool(states) and states[-1] == "firing"


class PmonEachSecond(PmonAlerts):
    name = "pmon, each second"


class PmonTenTimesASecond(PmonAlerts):
    name = "pmon, each 100 ms"
    interval = "100ms"


class Prometheus(Exporter):
    """With an exporter beside it."""
    program = "prometheus"
    exporter = None

    def __init__(self):
        super().__init__()
        self.url = None
        self.source = self.exporter()

    def start(self):
        self.source.start()
        super().start()

    def stop(self):
        super().stop()
        self.source.stop()

    def remove(self):
        super().remove()
        self.source.remove()

    def ready(self):
        return fetch(f"http://127.0.0.1:{self.port}/-/ready")

    def command(self):
        (self.folder / "rule.yml").write_text(RULE.format(expr=self.expr))
        config = self.folder / "prometheus.yml"
        config.write_text(f"global: {{scrape_interval: {INTERVAL_S}s, evaluation_interval: {INTERVAL_S}s}}\n"
                          f"rule_files: [rule.yml]\nscrape_configs: [{{job_name: one, static_configs: "
                          f"[{{targets: ['127.0.0.1:{self.source.port}']}}]}}]\n")
        return ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]

    def firing(self):
        alerts = json.loads(fetch(f"http://127.0.0.1:{self.port}/api/v1/alerts"))["data"]["alerts"]
        return any(alert["state"] == "firing" for alert in alerts)


class WithProcessExporter(Prometheus):
    name = "Prometheus with process-exporter, each 5 s"
    exporter = ProcessExporter
    expr = f'namedprocess_namegroup_num_threads{{groupname="{COMM}"}} > {THRESHOLD}'


class WithNodeExporter(Prometheus):
    """Of the host as a whole: it cannot say which process."""
    name = "Prometheus with node_exporter, each 5 s"
    exporter = NodeExporter
    expr = f"node_processes_threads - (node_processes_threads offset 10s) > {THRESHOLD}"


class NetdataAlarm(Netdata):
    name = "netdata's alarm, each second"

    def __init__(self):
        super().__init__(COMM, THRESHOLD)

    def firing(self):
        return bool(self.alarms())


WATCHERS = [PmonTenTimesASecond, PmonEachSecond, WithProcessExporter, WithNodeExporter, NetdataAlarm]


class AlertDelay:
    """seconds[watcher]: one for each fault it told of; missed[watcher]: how many it did not."""

    def __init__(self):
        self.seconds, self.missed, self.failed = {}, {}, {}
        self.stuck = set()  # those that still fire for the last fault, and would tell nothing of the next

    def run(self, trials, watchers=tuple(WATCHERS)):
        tools = []
        try:
            for cls in watchers:
                try:
                    tool = cls()
                    tools.append(tool)
                    tool.start()
                except DoesNotRun as why:
                    self.failed[cls.name] = str(why)
                    tools.remove(tool)
                    tool.remove()
            if any(isinstance(tool, Prometheus) for tool in tools):
                time.sleep(2 * INTERVAL_S + 2)  # it needs samples from before
            for _ in range(trials):
                self.one_fault(tools)
        finally:
            for tool in tools:
                tool.remove()

    def one_fault(self, tools):
        tools = [tool for tool in tools if tool.name not in self.stuck]
        time.sleep(random.uniform(0, INTERVAL_S))
        process = subprocess.Popen(workload("storm", THREADS, 10_000_000), stdout=subprocess.PIPE,
                                   start_new_session=True)
        process.stdout.readline()
        began = time.monotonic()
        waiting = [threading.Thread(target=self.wait_for, args=(tool, True, began)) for tool in tools]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join()
        end(process)
        self.stuck = {tool.name for tool in tools if not self.wait_for(tool, False, None)}

    def wait_for(self, tool, firing, began):
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            try:
                if tool.firing() == firing:
                    if began is not None:
                        self.seconds.setdefault(tool.name, []).append(time.monotonic() - began)
                    return True
            except (OSError, ValueError):
                pass  # asked again
            time.sleep(0.01 if isinstance(tool, PmonAlerts) else 0.05)
        if began is not None:
            self.missed[tool.name] = self.missed.get(tool.name, 0) + 1
        return False
