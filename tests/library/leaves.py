# SPDX-License-Identifier: Apache-2.0
"""leaves.py LIBRARY RULES: a program that ends while its monitor still calls it."""
import ctypes
import sys
import threading

pmon = ctypes.CDLL(sys.argv[1])
pmon.pmon_options_new.restype = ctypes.c_void_p
pmon.pmon_options_interval_ms.argtypes = [ctypes.c_void_p, ctypes.c_int64]
pmon.pmon_options_on_notice.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
pmon.pmon_start.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
told = threading.Event()


@ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
def on_notice(_notice, _user):
    """Is waiting for the interpreter's lock when the interpreter ends."""
    told.set()
    while True:
        pass


options = pmon.pmon_options_new()
pmon.pmon_options_interval_ms(options, 100)
pmon.pmon_options_on_notice(options, on_notice, None)
assert pmon.pmon_start(options, None)
assert told.wait(20)
print("leaves")
