# SPDX-License-Identifier: Apache-2.0
"""All that one run measured."""
import random
import sys
import time

from .alert_delay import AlertDelay
from .populations import POPULATIONS
from .sample_cost import cost_of_a_sample
from .short_lived import accounted_by
from .slow_down import SlowDown
from .tool import DoesNotRun
from .works import WorkFails, seconds_of

# A tool that does not run here, does not answer, or answers what nobody understands; the run goes on without it.
FAILURES = (DoesNotRun, WorkFails, OSError, ValueError)


def say(text):
    print(f"{time.strftime('%H:%M:%S')} bench-peers: {text}", file=sys.stderr, flush=True)


class Results:
    """costs[tool][population] and accounted[tool] are lists with one element for each round; failed[tool] is why."""

    def __init__(self, plan):
        self.plan = plan
        self.costs, self.accounted, self.failed = {}, {}, {}
        self.slow_down, self.alert_delay = SlowDown(), AlertDelay()

    def measure(self, folder):
        for population in self.plan.populations:
            with POPULATIONS[population]():
                time.sleep(2)
                for number in range(self.plan.sampling_rounds):
                    say(f"a sample, {population}, round {number + 1}")
                    self.each(self.plan.sampling, lambda cls: self.cost(cls, population))
        with POPULATIONS[self.plan.around]():
            self.keep_works_that_run(folder)
            for number in range(self.plan.slowing_rounds):
                say(f"slow-down, round {number + 1}")
                self.slow_down.add_round(self.plan.slowing, self.plan.works, folder, self.failed)
        for number in range(self.plan.accounting_rounds):
            say(f"short-lived processes, round {number + 1}")
            self.each(self.plan.accounting, lambda cls: self.account(cls))
        say(f"{self.plan.faults} faults")
        self.alert_delay.run(self.plan.faults, self.plan.watchers)
        self.failed.update(self.alert_delay.failed)

    def each(self, tools, measure):
        """All of them, in an order of chance."""
        for cls in random.sample(tools, len(tools)):
            if cls.name in self.failed:
                continue
            try:
                measure(cls)
            except FAILURES as why:
                self.failed[cls.name] = str(why)

    def keep_works_that_run(self, folder):
        for work in list(self.plan.works):
            try:
                seconds_of(work, folder)
            except FAILURES as why:
                self.failed[work] = str(why)
                self.plan.works.remove(work)

    def cost(self, cls, population):
        tool = cls()
        try:
            cost = cost_of_a_sample(tool)
        finally:
            tool.remove()
        self.costs.setdefault(cls.name, {}).setdefault(population, []).append(cost)

    def account(self, cls):
        self.accounted.setdefault(cls.name, []).append(accounted_by(cls, self.plan.children))
