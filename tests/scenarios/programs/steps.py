# SPDX-License-Identifier: Apache-2.0
"""Sick: a leak in steps, 12 MB each 4 seconds, as one of a cache of requests that is never emptied."""
import sys
import time

kept = []
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    kept.append(b"x" * 12_000_000)
    time.sleep(4)
