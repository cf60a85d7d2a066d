# SPDX-License-Identifier: Apache-2.0
"""What programs do with a CPU, sick and healthy: cpu.py PATTERN SECONDS."""
import sys
import threading
import time

START = time.monotonic()


def now():
    return time.monotonic() - START


def spin(until):
    while now() < until:
        pass


def spin_late(seconds):
    """Waits for a minute, then never waits again."""
    time.sleep(60)
    spin(seconds)


def one_of_64(seconds):
    """63 threads wait, one does not."""
    for _ in range(63):
        threading.Thread(target=time.sleep, args=(seconds,), daemon=True).start()
    spin(seconds)


def sixty_percent(seconds):
    """A server with much to do: 60 % of a core, with bursts of 20 s at which it has no pause."""
    while now() < seconds:
        if now() % 80 < 20:
            spin(now() + 1)
        else:
            spin(now() + 0.12)
            time.sleep(0.08)


globals()[sys.argv[1]](float(sys.argv[2]))
