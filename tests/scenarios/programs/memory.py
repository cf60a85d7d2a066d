# SPDX-License-Identifier: Apache-2.0
"""What programs do with memory, sick and healthy: memory.py PATTERN SECONDS."""
import mmap
import os
import random
import sys
import tempfile
import time

MB = 1_000_000
START = time.monotonic()


def now():
    return time.monotonic() - START


def grow(kept, megabytes_per_second, until, chunk=100_000):
    """Keeps so much more each second, in chunks, until so many seconds after the start."""
    began, taken = now(), 0
    while now() < until:
        while taken < (now() - began) * megabytes_per_second * MB:
            kept.append(bytearray(chunk))
            taken += chunk
        time.sleep(0.05)


# Sick.


def child(seconds):
    """A worker leaks, its parent waits."""
    if os.fork() == 0:
        grow([], 0.5, seconds)
        os._exit(0)
    os.wait()


def under_load(seconds):
    """1 MB/s is lost while there is load, 10 s of every 20 s."""
    kept = []
    while now() < seconds:
        grow(kept, 1, now() + 10)
        time.sleep(10)


def late(seconds):
    """Steady for 90 s, then 0.4 MB/s are lost."""
    kept = [bytearray(MB) for _ in range(20)]
    time.sleep(90)
    grow(kept, 0.4, seconds)


def steps(seconds):
    """20 MB each 12 s."""
    kept = []
    while now() < seconds:
        kept.append(bytearray(20 * MB))
        time.sleep(12)


def explode(seconds):
    """Doubles each 3 s for 15 s, after a quiet start; stays there."""
    kept = [bytearray(20 * MB)]
    time.sleep(10)
    held = 20 * MB
    for _ in range(75):
        more = int(held * (2 ** (0.2 / 3) - 1))
        kept.append(bytearray(more))
        held += more
        time.sleep(0.2)
    time.sleep(max(0, seconds - now()))


def segments(seconds):
    """A segment of 16 MB each 8 s, as for a window that was closed long ago."""
    kept = []
    while now() < seconds:
        kept.append(mmap.mmap(-1, 16 * MB))
        kept[-1].write(b"x" * 16 * MB)
        time.sleep(8)


# Healthy.


def cache(seconds):
    """Fills 120 MB, slower and slower as what is asked for is there already; then only replaces."""
    slots = {}
    while now() < seconds:
        for _ in range(30):
            slots[random.randrange(1200)] = bytearray(100_000)
        time.sleep(1)


def batch(seconds):
    """Each 40 s: 150 MB within 15 s, all of it given back."""
    while now() < seconds:
        kept = []
        grow(kept, 10, now() + 15)
        time.sleep(3)
        kept.clear()
        time.sleep(22)


def loads(seconds):
    """Loads 400 MB in ten seconds when it starts, and has what it needs then."""
    kept = []
    grow(kept, 40, 10, chunk=MB)
    time.sleep(max(0, seconds - now()))


def short_batch(seconds):
    """A worker that gets a batch of 150 MB each half minute, and is done with it ten seconds later."""
    while now() < seconds:
        kept = []
        grow(kept, 30, now() + 5)
        time.sleep(5)
        kept.clear()
        time.sleep(20)


def arena(seconds):
    """Takes and frees pieces of any size, 40 MB of them at any time."""
    live = [bytearray(40_000) for _ in range(1000)]
    while now() < seconds:
        for _ in range(200):
            live[random.randrange(1000)] = bytearray(random.randrange(1000, 80_000))
        time.sleep(0.1)


def file_cache(seconds):
    """Maps a file of 300 MB and reads on in it."""
    with tempfile.TemporaryFile() as file:
        for _ in range(300):
            file.write(b"x" * MB)
        file.flush()
        view = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        at = total = 0
        while now() < seconds:
            total += sum(view[at + page] for page in range(0, MB, 4096))
            at = (at + MB) % (299 * MB)
            time.sleep(0.7)


def shared_buffers(seconds):
    """A database's worker: touches ever more of a shared segment that was there from the beginning."""
    view = mmap.mmap(-1, 300 * MB)
    at = 0
    while now() < seconds:
        view[at : at + MB] = b"x" * MB
        at = (at + MB) % (299 * MB)
        time.sleep(0.9)


def cold_start(seconds):
    """Reads a file of 200 MB in once that is not in memory."""
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        for _ in range(200):
            file.write(b"x" * MB)
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        view = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        sum(view[at] for at in range(0, 200 * MB, 4096))
        time.sleep(max(0, seconds - now()))


def steady(seconds):
    """170 MB at once, as a database takes its buffers, and stays there."""
    kept = [bytearray(MB) for _ in range(170)]
    while now() < seconds:
        kept[random.randrange(170)][:] = bytes(MB)
        time.sleep(0.1)


globals()[sys.argv[1]](float(sys.argv[2]))
