# SPDX-License-Identifier: Apache-2.0
"""`pmon run` in a control group of its own."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from peers.control_group import ControlGroup
from peers.tool import fetch

BINARY = pathlib.Path(os.environ.get("PMON_BINARY", "build/release/user/pmon"))


class Daemon:
    def __init__(self, config, folder):
        self.out, self.err = folder / "pmon.out", folder / "pmon.err"
        self.group = ControlGroup("soak")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                [BINARY, "run", "-c", config, "--state", folder / "state", "--set", f"lock={folder}/lock", "--listen",
                 "127.0.0.1:0", "--output", "json"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, preexec_fn=self.group.enter, start_new_session=True)
        self.url = self.wait_for_url()

    @property
    def pid(self):
        return self.process.pid

    def wait_for_url(self):
        deadline = time.monotonic() + 30
        while not (found := re.search(r"HTTP is served at ([\d.:]+)", self.out.read_text())):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"soak: error: pmon run does not start: {self.err.read_text()[-500:]}")
            time.sleep(0.05)
        return f"http://{found[1]}"

    def metrics(self):
        return fetch(self.url + "/metrics")

    def notices(self):
        """[(level, code, text)] of what it told on stdout."""
        lines = [json.loads(line) for line in self.out.read_text().splitlines() if '"type":"notice"' in line]
        return [(line["level"], line["code"], line["text"]) for line in lines]

    def alerts(self):
        lines = [json.loads(line) for line in self.out.read_text().splitlines() if line.startswith('{"type":"alert"')]
        return [(line["alert"], line["state"]) for line in lines]

    def stop(self):
        """(exit status, seconds) of an orderly end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            status = "does not end"
        took = time.monotonic() - began
        self.group.remove()
        return status, took
