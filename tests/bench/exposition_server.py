#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves PROCESSES x 12 series as text, all of them moving between two scrapes, for Prometheus to read:
exposition_server.py PORT PROCESSES"""
import http.server
import random
import sys
import time

COUNTERS = ["cpu_seconds_total", "run_delay_seconds_total", "threads_created_total", "minor_faults_total",
            "major_faults_total"]
LEVELS = ["anon_bytes", "swap_bytes", "shmem_bytes", "heap_bytes", "threads"]
FIXED = {"memory_limit_bytes": 16e9, "start_time_seconds": 1.69e9}
PROCESSES = int(sys.argv[2])
LABELS = ['{pid="%d",comm="program-%d"} ' % (i + 300, i % 50) for i in range(PROCESSES)]
BEGAN = time.time()


def page():
    seconds = time.time() - BEGAN
    lines = []
    for name in COUNTERS:
        lines += ["pmon_process_%s%s%.3f\n" % (name, labels, seconds * (1 + i % 7) / 10)
                  for i, labels in enumerate(LABELS)]
    for name in LEVELS:
        steps = [4096 * random.randrange(25000, 29000) for _ in range(997)]
        lines += ["pmon_process_%s%s%d\n" % (name, labels, steps[i % 997]) for i, labels in enumerate(LABELS)]
    for name, value in FIXED.items():
        lines += ["pmon_process_%s%s%g\n" % (name, labels, value) for labels in LABELS]
    return "".join(lines).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = page()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
