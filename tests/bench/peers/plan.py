# SPDX-License-Identifier: Apache-2.0
"""Which tools are measured at what, and how often."""
import dataclasses

from . import exporters, netdata, pmon_tools, samplers, tracers
from .alert_delay import WATCHERS, PmonEachSecond
from .populations import POPULATIONS
from .short_lived import CHILDREN
from .works import WORKS

EVERYTHING = [pmon_tools.Pmon, pmon_tools.PmonProcfs, exporters.ProcessExporter, exporters.NodeExporter,
              samplers.Pidstat, samplers.Top, samplers.Ps, samplers.Atop, netdata.Netdata, tracers.CpuDist, tracers.RunqLat,
              tracers.ExecSnoop, tracers.ExitSnoop, tracers.BpfTrace]


@dataclasses.dataclass
class Plan:
    sampling: list
    populations: list
    sampling_rounds: int
    slowing: list
    works: list
    slowing_rounds: int
    around: str  # the population in which works are slowed down: a host is not empty
    accounting: list
    accounting_rounds: int
    children: int
    watchers: list
    faults: int


def full():
    """About 25 minutes."""
    sampling = [tool for tool in EVERYTHING if tool.samples]
    variants = [pmon_tools.PmonScraped, exporters.CheapProcessExporter]
    return Plan(sampling + variants, list(POPULATIONS), 3, EVERYTHING, list(WORKS), 4,
                "1,000 idle processes", [tool for tool in EVERYTHING if tool.tells_of_processes], 2, CHILDREN, WATCHERS, 6)


def quick():
    """Some minutes: everything once, in the smaller populations."""
    plan = full()
    plan.populations = ["100 idle processes", "1,000 idle processes"]
    plan.sampling_rounds = plan.slowing_rounds = plan.accounting_rounds = 1
    plan.faults = 2
    return plan


def smoke():
    """Less than half a minute: whether it works at all."""
    one = [pmon_tools.Pmon]
    population = "100 idle processes"
    return Plan(one + [samplers.Top], [population], 1, one, ["fork storm"], 1, population, one, 1, 100,
                [PmonEachSecond], 1)
