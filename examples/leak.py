#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same in Python, by ctypes: leak.py leak.rules.yml [libpmon.so.0]"""
import ctypes
import json
import sys
import threading
import time


class Alert(ctypes.Structure):
    """struct pmon_alert of pmon/pmon.h"""
    _fields_ = [("size", ctypes.c_size_t), ("firing", ctypes.c_int), ("name", ctypes.c_char_p),
                ("reason", ctypes.c_char_p), ("receiver", ctypes.c_char_p), ("time_ms", ctypes.c_int64),
                ("active_since_ms", ctypes.c_int64), ("value", ctypes.c_double), ("summary", ctypes.c_char_p),
                ("json", ctypes.c_char_p)]


AlertCallback = ctypes.CFUNCTYPE(None, ctypes.POINTER(Alert), ctypes.c_void_p)


def load(path):
    """The library with the types of what is used here."""
    pmon = ctypes.CDLL(path)
    pmon.pmon_options_new.restype = ctypes.c_void_p
    pmon.pmon_start.restype = ctypes.c_void_p
    pmon.pmon_start.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]
    pmon.pmon_health_json.restype = ctypes.c_void_p
    for name, more in {"pmon_options_free": [], "pmon_options_interval_ms": [ctypes.c_int64],
                       "pmon_options_default_rules": [ctypes.c_int], "pmon_options_add_rule_file": [ctypes.c_char_p],
                       "pmon_options_on_alert": [AlertCallback, ctypes.c_void_p], "pmon_stop": [], "pmon_free": [],
                       "pmon_health_json": [], "pmon_text_free": []}.items():
        getattr(pmon, name).argtypes = [ctypes.c_void_p] + more
    return pmon


def text(pmon, pointer):
    """The text that a function gave away."""
    value = ctypes.string_at(pointer).decode() if pointer else ""
    pmon.pmon_text_free(pointer)
    return value


def main():
    pmon = load(sys.argv[2] if len(sys.argv) > 2 else "libpmon.so.0")
    told = threading.Event()

    @AlertCallback
    def on_alert(alert, _user):
        pid = json.loads(alert.contents.json)["labels"]["pid"]
        print(f"{alert.contents.name.decode()} of pid {pid}: {alert.contents.summary.decode()}", flush=True)
        told.set()

    options = pmon.pmon_options_new()
    pmon.pmon_options_interval_ms(options, 200)
    pmon.pmon_options_default_rules(options, 0)
    pmon.pmon_options_add_rule_file(options, sys.argv[1].encode())
    pmon.pmon_options_on_alert(options, on_alert, None)
    error = ctypes.c_void_p()
    monitor = pmon.pmon_start(options, ctypes.byref(error))
    pmon.pmon_options_free(options)
    if not monitor:
        sys.exit(text(pmon, error))

    leaked = []
    for _ in range(100):
        if told.is_set():
            break
        leaked.append(bytearray(b"x" * (1 << 20)))
        time.sleep(0.1)
    pmon.pmon_stop(monitor)
    health = json.loads(text(pmon, pmon.pmon_health_json(monitor)))
    pmon.pmon_free(monitor)
    print(health["status"])
    return 0 if told.is_set() and health["status"] == "stopped" else 1


if __name__ == "__main__":
    sys.exit(main())
