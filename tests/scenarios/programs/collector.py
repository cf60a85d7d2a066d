# SPDX-License-Identifier: Apache-2.0
"""Healthy: garbage in cycles piles up until Python's collector takes it; the memory is a saw-tooth."""
import gc
import sys
import time

gc.set_threshold(1_000_000)
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    for _ in range(300):
        ring = [bytearray(4000)]
        ring.append(ring)
    time.sleep(0.1)
    if time.monotonic() % 15 < 0.1:
        gc.collect()
