# SPDX-License-Identifier: Apache-2.0
"""How much longer works take with a tool at work than without, in pairs of the same round."""
import random
import statistics

from .tool import DoesNotRun
from .works import seconds_of

WITHOUT = "nothing"
CONTROL = "nothing, again"  # measured like a tool: what it differs by is the measurement's own noise


class SlowDown:
    """ratios[tool][work]: one ratio for each round; memory[tool]: (resident, kernel) bytes at each round's end."""

    def __init__(self):
        self.ratios = {}
        self.memory = {}
        self.seconds = {}  # of each work, without a tool

    def add_round(self, tools, works, folder, failed):
        """Tools in an order of chance, each through all works."""
        order = [(WITHOUT, None), (CONTROL, None), *((cls.name, cls) for cls in tools)]
        random.shuffle(order)
        took = {}
        for name, cls in order:
            if name in failed:
                continue
            try:
                took[name] = self.under(cls, works, folder)
            except (DoesNotRun, OSError) as why:
                failed[name] = str(why)
        for work in works:
            alone = statistics.fmean([took[WITHOUT][work], took[CONTROL][work]])
            self.seconds.setdefault(work, []).append(alone)
            for name, times in took.items():
                against = took[WITHOUT][work] if name == CONTROL else alone
                if name != WITHOUT:
                    self.ratios.setdefault(name, {}).setdefault(work, []).append(times[work] / against)

    def under(self, cls, works, folder):
        tool = cls() if cls else None
        try:
            if tool:
                tool.start()
                tool.scrape_each_second()
            took = {work: seconds_of(work, folder) for work in works}
            if tool:
                self.memory.setdefault(tool.name, []).append((tool.group.resident_bytes(), tool.group.kernel_bytes()))
            return took
        finally:
            if tool:
                tool.remove()
