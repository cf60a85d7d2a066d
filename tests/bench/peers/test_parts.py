# SPDX-License-Identifier: Apache-2.0
"""The parts of scripts/bench-peers that read what tools print, and that write figures."""
import unittest

from . import control_group, figures, pmon_tools, samplers

PIDSTAT = """# Time        UID       PID    %usr %system  %guest   %wait    %CPU   CPU  minflt/s  majflt/s     VSZ     RSS   %MEM  Command
14:00:01        0        71   40.00    2.00    0.00    0.00   42.00     1      1.00      0.00    2712    1752   0.01  burn
14:00:01        0        72   99.00    1.00    0.00    0.00  100.00     1      1.00      0.00    2712    1752   0.01  after-burn
14:00:02        0        71    8.00    0.00    0.00    0.00    8.00     0      0.00      0.00    2712    1752   0.01  burn
"""
TOP = """    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
     71 root      20   0    2712   1752   1640 R  90.9   0.0   0:00.91 burn
     72 root      20   0    2712   1752   1640 R  90.9   0.0   9:00.91 bash
     71 root      20   0    2712   1752   1640 R  90.9   0.0   1:01.25 burn
     73 root      20   0    2712   1752   1640 R  90.9   0.0   0:00.50 burn
"""
ATOP = """RESET
PRC vm 1795479740 2026/11/24 00:22:20 99 71 (burn) S 100 9000 1000 0 120 0 0 1 0 71 y 1098465 () 0 -3 -3
SEP
PRC vm 1795479741 2026/11/24 00:22:21 1 71 (burn) S 100 40 2 0 120 0 0 1 0 71 y 1098465 () 0 -3 -3
PRC vm 1795479741 2026/11/24 00:22:21 1 72 (bash) S 100 40 2 0 120 0 0 1 0 72 y 1098465 () 0 -3 -3
SEP
PRC vm 1795479742 2026/11/24 00:22:22 1 73 (burn) E 100 8 0 0 120 0 0 1 0 73 y 1098465 () 0 -3 -3
SEP
"""
MAP = "pos:\t0\nmap_type:\t2\nmax_entries:\t8\nmemlock:\t8512\nmap_id:\t47\nfrozen:\t0\n"
MAPS = """7f0000000000-7f0000041000 rw-s 00000000 00:0e 11  anon_inode:[perf_event]
7f0000100000-7f0000101000 rw-s 00000000 00:0e 12  anon_inode:bpf-map
"""
EXPOSITION = """# TYPE a_total counter
a_total{group="x",mode="user"} 1.5
a_total{group="x",mode="system"} 0.25
a_total{group="xy",mode="user"} 100
a_total_more{group="x"} 1000
b 7
"""


class ReadingTools(unittest.TestCase):
    def test_pidstat_adds_seconds_of_one_name(self):
        seconds, processes = samplers.pidstat_seconds(PIDSTAT.splitlines(), "burn")
        self.assertAlmostEqual(seconds, 0.5)
        self.assertEqual(processes, 1)

    def test_top_takes_what_each_process_had_last(self):
        seconds, processes = samplers.top_seconds(TOP.splitlines(), "burn")
        self.assertAlmostEqual(seconds, 61.75)
        self.assertEqual(processes, 2)

    def test_atop_leaves_out_what_was_before_it_started(self):
        seconds, processes = samplers.atop_seconds(ATOP, "burn")
        self.assertAlmostEqual(seconds, 0.5)
        self.assertEqual(processes, 2)

    def test_an_exposition_is_summed_by_name_and_label(self):
        self.assertEqual(pmon_tools.sum_of(EXPOSITION, "a_total", group="x"), 1.75)
        self.assertEqual(pmon_tools.sum_of(EXPOSITION, "b"), 7)
        self.assertEqual(pmon_tools.sum_of(EXPOSITION, "c"), 0)


class Memory(unittest.TestCase):
    def test_a_map_is_known_by_its_id(self):
        self.assertEqual(control_group.bpf_memory(MAP), {("map_id", "47"): 8512})
        self.assertEqual(control_group.bpf_memory("pos:\t0\nflags:\t02\n"), {})

    def test_perf_buffers_are_the_mappings_of_that_name(self):
        self.assertEqual(sum(control_group.perf_buffers(1, MAPS).values()), 0x41000)


class Writing(unittest.TestCase):
    def test_numbers_have_three_digits(self):
        written = [figures.number(value) for value in (2690.4, 413.6, 24.61, 1.049, 0.0513, 0, None)]
        self.assertEqual(written, ["2,690", "414", "24.6", "1.05", "0.051", "0", "–"])

    def test_the_middle_half_is_told(self):
        self.assertEqual(figures.spread([1, 9]), (1, 9))
        self.assertEqual(figures.spread([1, 2, 3, 4, 5, 6, 7]), (2, 6))
        self.assertEqual(figures.with_spread([3, 1, 2], "ms"), "2.00 ms (1.00–3.00)")

    def test_a_slow_down_is_a_ratio_less_one(self):
        self.assertEqual(figures.percent([1.02, 0.99, 1.01]), "+1.0 % (-1.0 … +2.0)")
        self.assertEqual(figures.times(10, 4), "2.50 ×")
        self.assertEqual(figures.times(10, None), "–")

    def test_a_section_takes_the_place_of_the_one_before(self):
        page = "a\n<!-- x: begin -->\n\nold\n\n<!-- x: end -->\nb\n"
        once = figures.replace_section(page, "x", "new")
        self.assertEqual(once, page.replace("old", "new"))
        self.assertEqual(figures.replace_section(once, "x", "new"), once)
        with self.assertRaises(SystemExit):
            figures.replace_section(page, "y", "new")


if __name__ == "__main__":
    unittest.main()
