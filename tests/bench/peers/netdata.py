# SPDX-License-Identifier: Apache-2.0
"""netdata with its plugin for processes and no other, its database in memory."""
import json

from .exporters import free_port
from .tool import Tool, fetch, package_file

CONFIG = """[global]
  run as user = root
[db]
  mode = ram
[directories]
  config = {folder}
  stock config = {package}/conf.d
  stock health config = {folder}/none
  health config = {folder}/health.d
  cache = {folder}
  lib = {folder}
  log = {folder}
  plugins = {package}/plugins.d
  web = {folder}
[ml]
  enabled = no
[web]
  bind to = 127.0.0.1:{port}
[plugins]
  enable running new plugins = no
  apps = yes
  proc = no
  cgroups = no
  tc = no
  idlejitter = no
  diskspace = no
  timex = no
  statsd = no
  profile = no
"""
# Of a chart that is a threshold over the threads of one group of processes.
ALARM = """alarm: threads
on: apps.threads
lookup: max -1s unaligned of {group}
every: 1s
warn: $this > {threshold}
"""


class Netdata(Tool):
    name = "netdata, apps plugin"
    program = "netdata"
    settle = 2.0

    def __init__(self, watched="bench-forks", threshold=None):
        super().__init__()
        self.port = free_port()
        self.watched = watched
        self.threshold = threshold

    def command(self):
        package = package_file("netdata", "usr/lib/netdata")
        config = self.folder / "netdata.conf"
        config.write_text(CONFIG.format(folder=self.folder, package=package, port=self.port))
        (self.folder / "apps_groups.conf").write_text(f"watched: {self.watched}\n")
        (self.folder / "health.d").mkdir(exist_ok=True)
        if self.threshold:
            alarm = ALARM.format(group="watched", threshold=self.threshold)
            (self.folder / "health.d/threads.conf").write_text(alarm)
        return ["netdata", "-D", "-c", config]

    def get(self, path):
        return json.loads(fetch(f"http://127.0.0.1:{self.port}/api/v1/{path}"))

    def ready(self):
        try:
            return "apps.cpu" in self.get("charts")["charts"]
        except ValueError:
            return False

    def accounted(self, comm):
        """Percent of a core in each second of the last two minutes, with what parents inherit from their children."""
        data = self.get("data?chart=apps.cpu&after=-120&points=120&group=average&dimensions=watched")
        column = data["labels"].index("watched")
        return sum((row[column] or 0) / 100 for row in data["data"]), None

    def alarms(self):
        return self.get("alarms?active")["alarms"]
