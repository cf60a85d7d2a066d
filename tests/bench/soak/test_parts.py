# SPDX-License-Identifier: Apache-2.0
"""The parts of scripts/soak that judge: each must be able to find fault."""
import types
import unittest

from . import judge, samples
from .exposition import Monotony, Page

PAGE = """# TYPE pmon_process_cpu_seconds_total counter
pmon_process_cpu_seconds_total{{comm="a",pid="7"}} {cpu}
# TYPE pmon_process_start_time_seconds gauge
pmon_process_start_time_seconds{{comm="a",pid="7"}} {start}
# TYPE pmon_group_cpu_seconds_total counter
pmon_group_cpu_seconds_total{{group="a"}} {group}
"""
LAST = """pmon_group_processes_started_total{group="x"} 10
pmon_group_processes_exited_total{group="x",code="0",signal="0"} 8
pmon_group_processes_exited_total{group="x",code="0",signal="9"} 2
pmon_events_lost_total{cause="ledger_full"} 0
pmon_sink_queue_length{sink="http"} 0
pmon_sink_sent_total{sink="http"} 5
pmon_sink_dropped_total{reason="overflow",sink="http"} 0
pmon_sink_dropped_total{reason="too_many_events",sink="file"} 3
"""


def page(cpu=1.0, start=100.0, group=1.0):
    return Page(PAGE.format(cpu=cpu, start=start, group=group))


def fallen(*pages):
    monotony = Monotony()
    for one in pages:
        monotony.add(one)
    return monotony.fallen


def run(growth_of=lambda at: 0.0, end=1200):
    return [samples.Sample(at, 60 + growth_of(at), 100, 20, 0, 5, 0.01 * at) for at in range(0, end + 1, 5)]


class Counters(unittest.TestCase):
    def test_a_counter_that_falls_is_found(self):
        self.assertEqual(fallen(page(cpu=1), page(cpu=2)), [])
        self.assertEqual(len(fallen(page(cpu=2), page(cpu=1))), 1)
        self.assertEqual(len(fallen(page(group=2), page(group=1))), 1)

    def test_another_process_of_the_same_pid_begins_anew(self):
        self.assertEqual(fallen(page(cpu=2, start=100), page(cpu=1, start=200)), [])

    def test_what_was_away_may_not_come_back_lower(self):
        self.assertEqual(len(fallen(page(group=2), Page(""), page(group=1))), 1)

    def test_a_series_that_is_there_twice_is_found(self):
        self.assertEqual(Page(LAST).twice, 0)
        self.assertEqual(Page(LAST + 'pmon_sink_sent_total{sink="http"} 6\n').twice, 1)


class Growth(unittest.TestCase):
    def grown(self, found):
        return [trend.name for trend in found if not trend.flat]

    def test_what_stays_is_flat(self):
        self.assertEqual(self.grown(samples.trends(run())), [])

    def test_a_slow_leak_is_found(self):
        self.assertEqual(self.grown(samples.trends(run(lambda at: at / 300))), ["resident memory"])

    def test_what_grows_while_it_warms_up_and_stops_is_flat(self):
        self.assertEqual(self.grown(samples.trends(run(lambda at: min(at, 300) / 10))), [])

    def test_file_descriptors_that_are_left_open_are_found(self):
        leaking = run()
        for index, sample in enumerate(leaking):
            sample.fds += index // 20
        self.assertEqual(self.grown(samples.trends(leaking)), ["file descriptors"])


class Accounts(unittest.TestCase):
    def test_each_birth_and_end_is_wanted(self):
        self.assertEqual(judge.unaccounted({"x": 10}, Page(LAST)), [])
        self.assertEqual(len(judge.unaccounted({"x": 11}, Page(LAST))), 2)
        self.assertEqual(len(judge.unaccounted({"y": 1}, Page(LAST))), 2)

    def test_a_loss_must_be_told(self):
        lossy = Page(LAST.replace('ledger_full"} 0', 'ledger_full"} 1'))
        self.assertEqual(judge.silently_lost(Page(LAST), []), [])
        self.assertEqual(len(judge.silently_lost(lossy, [])), 1)
        self.assertEqual(judge.silently_lost(lossy, [("warning", "ledger_full", "")]), [])

    def test_what_waits_or_was_dropped_is_found(self):
        self.assertEqual(judge.undelivered(Page(LAST)), [])
        for series in ('length{sink="http"}', '"overflow",sink="http"}'):
            page_with_one = Page(LAST.replace(f"{series} 0", f"{series} 1"))
            self.assertEqual(len(judge.undelivered(page_with_one)), 1, series)

    def test_what_is_given_up_must_be_told(self):
        notice = ("warning", "sink", "file: 3 items were given up so far (3 too_many_events)")
        self.assertEqual(judge.unannounced(Page(LAST), [notice]), [])
        self.assertEqual(len(judge.unannounced(Page(LAST), [])), 1)

    def test_what_was_sent_must_have_arrived(self):
        def soak(before, after):
            return types.SimpleNamespace(page=Page(LAST), records={"t": 1}, arrived_before={"http": before},
                                         arrived_after={"http": after})
        self.assertEqual(judge.not_arrived(soak(5, 5)), [])
        self.assertEqual(judge.not_arrived(soak(5, 6)), [])
        self.assertEqual(len(judge.not_arrived(soak(3, 4))), 1)
        self.assertEqual(len(judge.not_arrived(soak(7, 8))), 1)


if __name__ == "__main__":
    unittest.main()
