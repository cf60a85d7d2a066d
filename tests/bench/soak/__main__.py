# SPDX-License-Identifier: Apache-2.0
"""Runs the daemon with every sink under a churn of processes; exits with 1 where something grew, was lost or fell."""
import argparse
import os
import pathlib
import re
import signal
import sys
import tempfile
import time

from peers.figures import replace_section

from . import configuration, report, servers
from .acceptors import Counts, HttpAcceptor, MailAcceptor, SyslogAcceptor
from .churn import Churn
from .daemon import Daemon
from .exposition import Monotony, Page
from .judge import judge
from .samples import peak_resident_mb, take, trends

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/performance.md"
KAFKA = os.environ.get("PMON_KAFKA_CLUSTER", "build/test/tests/bench/kafka_cluster")
RATE = 200           # processes a second
DRAIN_S = 30         # until queues are empty after the churn


def seconds(word):
    found = re.fullmatch(r"(\d+)(s|m|h)", word)
    if not found:
        raise argparse.ArgumentTypeError(f"'{word}' is no duration such as 45s, 20m or 2h")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def say(text):
    print(f"{time.strftime('%H:%M:%S')} soak: {text}", file=sys.stderr, flush=True)


class Surroundings:
    """All servers, real ones and fakes; stop() ends what was started, however far it came."""

    def __init__(self, folder):
        self.running = []
        self.counts = Counts()
        http, mail = HttpAcceptor(self.counts), MailAcceptor(self.counts)
        self.started(SyslogAcceptor())
        self.kafka = self.started(servers.KafkaCluster(KAFKA, folder))
        self.alertmanager = self.started(servers.alertmanager(folder))
        self.influxdb = self.started(servers.influxdb(folder))
        self.prometheus = self.started(servers.prometheus(folder))
        self.config = configuration.write(
            folder, push=http.url("http"), loki=http.url("loki"), loki_alerts=http.url("loki", "/loki/api/v1/push"),
            webhook=http.url("webhook"), slack=http.url("slack"), dingtalk=http.url("dingtalk"), wecom=http.url("wecom"),
            mail=mail.address, brokers=self.kafka.brokers, influxdb=self.influxdb.url, prometheus=self.prometheus.url,
            alertmanager=self.alertmanager.url)

    def started(self, server):
        self.running.append(server)
        return server

    def stop(self):
        for server in self.running:
            server.stop()


class Soak:
    def __init__(self, duration, folder):
        self.duration, self.folder = duration, folder
        self.samples, self.monotony = [], Monotony()

    def run(self):
        """The reasons why it failed."""
        self.around = Surroundings(self.folder)
        daemon = churn = None
        try:
            daemon = Daemon(self.around.config, self.folder)
            time.sleep(3)
            churn = Churn(self.folder, RATE, self.duration)
            self.watch(daemon)
            self.births = churn.births()
            churn.stop()
            say("the churn is over; queues empty themselves")
            self.page = self.drain(daemon)
            self.records = self.around.kafka.records()
            self.peak_mb = peak_resident_mb(daemon.pid)
            self.status, self.took = daemon.stop()
            self.trends = trends(self.samples)
            self.daemon = daemon
            return judge(self)
        finally:
            if churn:
                churn.stop()
            if daemon and daemon.process.poll() is None:
                daemon.stop()
            self.around.stop()

    def watch(self, daemon):
        began = time.monotonic()
        every = min(5.0, self.duration / 20)
        while time.monotonic() - began < self.duration:
            page = Page(daemon.metrics())
            self.monotony.add(page)
            self.samples.append(take(daemon.group, daemon.pid, page, began))
            time.sleep(every)

    def drain(self, daemon):
        """The last page: when all queues are empty and no alert changes any more, or time is over."""
        deadline = time.monotonic() + DRAIN_S
        time.sleep(6)  # one window of every sink
        counts = self.around.counts
        while True:
            self.arrived_before = dict(counts.requests)
            page = Page(daemon.metrics())
            self.arrived_after = dict(counts.requests)
            self.monotony.add(page)
            if not page.sum("pmon_sink_queue_length") or time.monotonic() > deadline:
                return page
            time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--duration", type=seconds, default="20m", help="of the churn (20m)")
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended on the way out
    load = pathlib.Path("/proc/loadavg").read_text().split()[0]
    with tempfile.TemporaryDirectory(prefix="pmon-soak-") as folder:
        soak = Soak(options.duration, pathlib.Path(folder))
        say(f"{options.duration} s of {RATE} processes a second")
        failures = soak.run()
        for failure in failures:
            print(f"soak: FAILED: {failure}", file=sys.stderr)
        if failures:
            print(report.trends(soak))
            sys.exit(1)
        text = report.text(soak, load)
    print(text)
    if options.write:
        PAGE.write_text(replace_section(PAGE.read_text(), "soak", text))


main()
