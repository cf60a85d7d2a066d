# SPDX-License-Identifier: Apache-2.0
"""Exporters for Prometheus: they measure when they are scraped."""
import socket

from .pmon_tools import sum_of
from .tool import Tool, fetch


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Exporter(Tool):
    settle = 0.5

    def __init__(self):
        super().__init__()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/metrics"

    def ready(self):
        return fetch(self.url)


class ProcessExporter(Exporter):
    """Grouped by name, as its manual begins with."""
    name = "process-exporter"
    program = "prometheus-process-exporter"
    words = []

    def command(self):
        config = self.folder / "config.yml"
        config.write_text('process_names:\n  - name: "{{.Comm}}"\n    cmdline: [".+"]\n')
        return [self.program, f"-web.listen-address=127.0.0.1:{self.port}", "-procnames=", f"-config.path={config}",
                *self.words]

    def accounted(self, comm):
        return sum_of(fetch(self.url), "namedprocess_namegroup_cpu_seconds_total", groupname=comm), None


class CheapProcessExporter(ProcessExporter):
    name = "process-exporter, no smaps, no threads"
    words = ["-gather-smaps=false", "-threads=false"]


class NodeExporter(Exporter):
    name = "node_exporter, processes"
    program = "prometheus-node-exporter"
    tells_of_processes = False

    def command(self):
        return [self.program, "--collector.disable-defaults", "--collector.processes",
                f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]
