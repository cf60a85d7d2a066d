/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Carrying what the kernel has counted for a thread over to its process's slot. No clock is read:
 * the scheduler keeps sum_exec_runtime up to date at every switch and tick.
 *
 * A thread is only accounted on the CPU that runs it (at its switch, or in the refresh, which
 * cannot be preempted there), so its thread_state needs no lock; slots are shared by the threads of
 * a process, hence the atomic adds.
 */
#ifndef PMON_ACCOUNT_BPF_H
#define PMON_ACCOUNT_BPF_H

#include "kernel_compat.bpf.h"

#define CARRY(field, now, id)                                                                      \
	do {                                                                                       \
		u64 _now = (now);                                                                  \
		u64 _delta = _now - thread->field;                                                 \
		if (_delta) {                                                                      \
			thread->field = _now;                                                      \
			__sync_fetch_and_add(&slot->value[PMON_V_##id], _delta);                   \
		}                                                                                  \
	} while (0)

static __always_inline void carry_counters(struct task_struct *task, struct thread_state *thread,
					   struct pmon_slot *slot)
{
	CARRY(cpu, task->se.sum_exec_runtime, CPU);
	CARRY(run_delay, task->sched_info.run_delay, RUN_DELAY);
	CARRY(voluntary, task->nvcsw, SWITCHES_VOLUNTARY);
	CARRY(involuntary, task->nivcsw, SWITCHES_INVOLUNTARY);
	CARRY(minor_faults, task->min_flt, MINOR_FAULTS);
	CARRY(major_faults, task->maj_flt, MAJOR_FAULTS);
}

static __always_inline void store_levels(struct task_struct *task, struct pmon_slot *slot)
{
	struct mm_struct *mm = task->mm;
	s64 pages[RSS_KINDS];

	if (!mm)
		return; /* exiting: the last levels stand */
	read_rss(mm, pages);
	slot->value[PMON_V_ANON] = at_least_0(pages[RSS_ANON]);
	slot->value[PMON_V_FILE] = at_least_0(pages[RSS_FILE]);
	slot->value[PMON_V_SHMEM] = at_least_0(pages[RSS_SHMEM]);
	slot->value[PMON_V_SWAP] = at_least_0(pages[RSS_SWAP]);
	slot->value[PMON_V_HEAP] = mm->data_vm;
	slot->value[PMON_V_VIRTUAL] = mm->total_vm;
	slot->value[PMON_V_BRK] = mm->brk - mm->start_brk;
}

#endif
