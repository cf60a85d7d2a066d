# SPDX-License-Identifier: Apache-2.0
"""Works of a fixed amount that keep every CPU busy, so that whatever a tool takes is taken from them."""
import os
import pathlib
import subprocess
import time

from .populations import workload

CPUS = os.cpu_count()
SOURCE = """#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <string>
int repeated(const std::string& text) {
  std::map<std::string, int> counts;
  std::istringstream words(text);
  for (std::string word; words >> word;) ++counts[word];
  return std::count_if(counts.begin(), counts.end(), [](const auto& one) { return one.second > 1; });
}
"""


def fork_storm(_):
    return [workload("fork", 6000, 0, 0, 1, 0) for _ in range(CPUS)]


def exec_storm(_):
    return [["bash", "-c", "for ((i = 0; i < 700; ++i)); do /bin/true; done"] for _ in range(CPUS)]


def sched_pipe(_):
    return [["taskset", "-c", str(cpu), "perf", "bench", "sched", "pipe", "-l", "130000"] for cpu in range(CPUS)]


def sched_messaging(_):
    return [["perf", "bench", "sched", "messaging", "-g", str(2 * CPUS), "-l", "200"]]


def stress(name, *words):
    def commands(_):
        return [["stress-ng", "-q", f"--{name}", str(CPUS), *words]]
    return commands


def compile_cpp(folder):
    source = pathlib.Path(folder) / "words.cpp"
    source.write_text(SOURCE)
    return [["g++", "-std=c++17", "-O0", "-c", str(source), "-o", f"{folder}/words{cpu}.o"] for cpu in range(CPUS)]


WORKS = {
    "fork storm": fork_storm,
    "exec storm": exec_storm,
    "perf bench sched pipe": sched_pipe,
    "perf bench sched messaging": sched_messaging,
    "stress-ng --fault": stress("fault", "--fault-ops", "8000"),
    "stress-ng --mmap": stress("mmap", "--mmap-bytes", "4m", "--mmap-ops", "90"),
    "stress-ng --pthread": stress("pthread", "--pthread-ops", "4500"),
    "g++ of a C++ file": compile_cpp,
}


class WorkFails(Exception):
    """The text is what it said on stderr."""


def seconds_of(work, folder):
    """How long it takes from its start until its last process has ended."""
    began = time.monotonic()
    running = [subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                cwd=folder) for words in WORKS[work](folder)]
    errors = [process.communicate()[1] for process in running]
    took = time.monotonic() - began
    for process, error in zip(running, errors):
        if process.returncode:
            said = error.decode(errors="replace").strip()[-200:] or f"status {process.returncode}"
            raise WorkFails(f"{' '.join(process.args)}: {said}")
    return took
