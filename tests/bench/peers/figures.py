# SPDX-License-Identifier: Apache-2.0
"""Medians with their spread, and how they are written."""
import os
import pathlib
import platform
import re
import statistics


def median(values):
    return statistics.median(values) if values else None


def spread(values):
    """(lowest, highest) of the middle half; of fewer than four values, of them all."""
    if len(values) < 4:
        return min(values), max(values)
    quarters = statistics.quantiles(values, n=4)
    return quarters[0], quarters[2]


def number(value):
    """Three significant digits, and no exponent."""
    if value is None:
        return "–"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:,.{digits}f}" if size else "0"


def with_spread(values, unit=""):
    if not values:
        return "–"
    low, high = spread(values)
    unit = f" {unit}" if unit else ""
    return f"{number(median(values))}{unit} ({number(low)}–{number(high)})"


def times(value, of):
    return "–" if value is None or not of else f"{number(value / of)} ×"


def percent(ratios):
    """Slow-down: ratios of times with and without, as '+1.2 % (0.8 … 1.9)'."""
    if not ratios:
        return "–"
    low, high = spread(ratios)
    return f"{(median(ratios) - 1) * 100:+.1f} % ({(low - 1) * 100:+.1f} … {(high - 1) * 100:+.1f})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def machine(load):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return (f"{os.cpu_count()} CPUs, {cpu[1] if cpu else platform.machine()}, "
            f"Linux {platform.release().split('-')[0]}; load before it {load}.")


def replace_section(page, name, text):
    """The page with `text` between the marks of `name`."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"error: docs/performance.md has no place for '{name}'")
    return f"{before}{begin}\n{text}\n\n{end}{after}"
