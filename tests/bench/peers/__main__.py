# SPDX-License-Identifier: Apache-2.0
"""Measures pmon beside its peers and prints what it found as Markdown."""
import argparse
import pathlib
import signal
import sys
import tempfile
import time

from . import plan
from .figures import replace_section
from .report import Report
from .results import Results, say

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/performance.md"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything once, in the smaller populations: minutes")
    parser.add_argument("--smoke", action="store_true", help="pmon and top alone: whether it works at all")
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended on the way out
    load = pathlib.Path("/proc/loadavg").read_text().split()[0]
    chosen = "--smoke" if options.smoke else "--quick" if options.quick else ""
    began = time.monotonic()
    results = Results(plan.smoke() if options.smoke else plan.quick() if options.quick else plan.full())
    with tempfile.TemporaryDirectory(prefix="pmon-bench-") as folder:
        results.measure(folder)
    say(f"took {(time.monotonic() - began) / 60:.0f} minutes")
    report = Report(results, load, f"scripts/bench-peers {chosen}".strip())
    summary, section = report.summary(), report.section()
    print(f"{summary}\n\n{section}")
    if options.write:
        page = PAGE.read_text()
        PAGE.write_text(replace_section(replace_section(page, "peers-summary", summary), "peers", section))
        say(f"wrote {PAGE}")


main()
