# SPDX-License-Identifier: Apache-2.0
"""What programs do with processes and threads, all of it healthy: processes.py PATTERN SECONDS."""
import os
import sys
import threading
import time

START = time.monotonic()


def now():
    return time.monotonic() - START


def fork_server(seconds):
    """A process for each request, 40 a second, that needs 5 MB and 10 ms."""
    while now() < seconds:
        if os.fork() == 0:
            kept = bytearray(5_000_000)
            time.sleep(0.01)
            os._exit(0 if kept else 1)
        os.wait()
        time.sleep(0.015)


def thread_ramp(seconds):
    """A pool that grows to 400 threads within 40 s, as the load does."""
    for _ in range(400):
        threading.Thread(target=time.sleep, args=(seconds,), daemon=True).start()
        time.sleep(0.1)
    time.sleep(max(0, seconds - now()))


globals()[sys.argv[1]](float(sys.argv[2]))
