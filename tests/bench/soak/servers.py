# SPDX-License-Identifier: Apache-2.0
"""The real servers, as Debian ships them, and librdkafka's mock of a Kafka cluster."""
import contextlib
import pathlib
import re
import shutil
import subprocess
import time
import urllib.parse

from peers.exporters import free_port
from peers.tool import fetch


def where_is(program):
    found = shutil.which(program)
    if found is None:
        raise SystemExit(f"soak: error: no program '{program}' in PATH\n"
                         "soak: remedy: scripts/soak puts it there, and scripts/test for its tests")
    return pathlib.Path(found).resolve()


class Server:
    """A program that answers at `url` once it is up; ended by stop()."""

    def __init__(self, words, port, ready_path, log):
        self.url = f"http://127.0.0.1:{port}"
        with open(log, "wb") as out:
            self.process = subprocess.Popen([str(word) for word in words], stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                fetch(self.url + ready_path)
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SystemExit(f"soak: error: {words[0]} does not answer: {pathlib.Path(log).read_text()[-500:]}")
            time.sleep(0.1)

    def stop(self):
        self.process.kill()
        self.process.wait()


def prometheus(folder):
    port = free_port()
    config = folder / "prometheus.yml"
    config.write_text("{}\n")
    return Server([where_is("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}/prometheus",
                   f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver", "--log.level=error"],
                  port, "/-/ready", folder / "prometheus.log")


def influxdb(folder):
    port = free_port()
    config = folder / "influxdb.conf"
    config.write_text(f"""reporting-disabled = true
bind-address = "127.0.0.1:{free_port()}"
[meta]
  dir = "{folder}/influxdb/meta"
[data]
  dir = "{folder}/influxdb/data"
  wal-dir = "{folder}/influxdb/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
""")
    server = Server([where_is("influxd"), "-config", config], port, "/ping", folder / "influxdb.log")
    fetch(server.url + "/query", urllib.parse.urlencode({"q": "CREATE DATABASE pmon"}).encode())
    return server


def alertmanager(folder):
    """It looks for its templates at one place only: it is shown its own share/ there."""
    port = free_port()
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    program = where_is("prometheus-alertmanager")
    share = program.parent.parent / "share"
    start = (f"mount --bind {share} /usr/share && exec {program} --config.file={config} "
             f"--storage.path={folder}/alertmanager --web.listen-address=127.0.0.1:{port} --cluster.listen-address= "
             "--log.level=error")
    return Server(["unshare", "-m", "sh", "-c", start], port, "/-/ready", folder / "alertmanager.log")


class KafkaCluster:
    TOPICS = ["pmon-metrics", "pmon-events", "pmon-alerts"]

    def __init__(self, program, folder):
        self.log = folder / "kafka.log"
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen([program, *self.TOPICS], stdin=subprocess.PIPE, stdout=out,
                                            stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 30
        while "\n" not in self.log.read_text():
            if time.monotonic() > deadline:
                raise SystemExit("soak: error: the mock of Kafka does not start")
            time.sleep(0.05)
        self.brokers = self.log.read_text().splitlines()[0]

    def records(self):
        last = self.log.read_text().splitlines()[-1]
        return {topic: int(count) for topic, count in re.findall(r"(\S+) (\d+)", last)}

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
