# SPDX-License-Identifier: Apache-2.0
"""Tools that follow the kernel's events with BPF: libbpf-tools and bpftrace."""
import re
import signal
import time

from .tool import DoesNotRun, Tool


class Tracer(Tool):
    samples = False
    words = []

    def command(self):
        return [self.program, *self.words]

    def start(self):
        super().start()
        # They say nothing when they have attached; one that cannot ends at once, or has told so by now.
        if "failed" in self.errors.read_text(errors="replace").lower():
            reason = self.last_words()
            self.stop()
            raise DoesNotRun(reason)

    def end(self, number=signal.SIGINT):  # at which they print what they have
        super().end(number)


class CpuDist(Tracer):
    name = "cpudist"
    program = "cpudist"
    tells_of_processes = False


class RunqLat(Tracer):
    name = "runqlat"
    program = "runqlat"
    tells_of_processes = False


class ExecSnoop(Tracer):
    name = "execsnoop"
    program = "execsnoop"

    def accounted(self, comm):
        self.end()
        return None, len(re.findall(rf"^{comm} ", self.output.read_text(errors="replace"), re.M))


class ExitSnoop(Tracer):
    """It tells how long a process lived, not what it used."""
    name = "exitsnoop"
    program = "exitsnoop"

    def accounted(self, comm):
        self.end()
        return None, len(re.findall(rf"^{comm} ", self.output.read_text(errors="replace"), re.M))


class BpfTrace(Tracer):
    """The textbook program: a clock at each context switch, a sum by name."""
    name = "bpftrace, CPU by name"
    program = "bpftrace"
    script = ("tracepoint:sched:sched_switch "
              "{ $now = nsecs; if (@on[cpu]) { @cpu[args->prev_comm] = sum($now - @on[cpu]); } @on[cpu] = $now; }")

    def command(self):
        return ["bpftrace", "-e", self.script]

    def ready(self):
        attached = "Attaching" in self.output.read_text(errors="replace")
        if attached:
            time.sleep(1)
        return attached

    def accounted(self, comm):
        self.end()
        found = re.search(rf"^@cpu\[{comm}\]: (\d+)", self.output.read_text(errors="replace"), re.M)
        return (int(found[1]) / 1e9 if found else 0.0), None
