/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Threads that pmon meets in the middle of their life, and their processes. */
#ifndef PMON_SEED_BPF_H
#define PMON_SEED_BPF_H

#include "account.bpf.h"
#include "process.bpf.h"

/* The totals of threads that ended before pmon looked, which the kernel keeps in signal_struct. */
static __always_inline void add_dead_threads(struct pmon_slot *slot, struct signal_struct *signal)
{
	slot->value[PMON_V_CPU] += signal->sum_sched_runtime;
	slot->value[PMON_V_SWITCHES_VOLUNTARY] += signal->nvcsw;
	slot->value[PMON_V_SWITCHES_INVOLUNTARY] += signal->nivcsw;
	slot->value[PMON_V_MINOR_FAULTS] += signal->min_flt;
	slot->value[PMON_V_MAJOR_FAULTS] += signal->maj_flt;
}

/* Whether thread, which is task's, leads to the slot of its process. */
static __always_inline bool has_slot(struct thread_state *thread, struct task_struct *task)
{
	struct pmon_slot *slot = slot_of_thread(thread, task);

	return slot && slot->state == PMON_SLOT_ACTIVE;
}

/*
 * The slot that a leader's process has although the leader leads to none: it was a thread without
 * storage until its exec made it the leader.
 */
static __always_inline u32 known_slot(struct task_struct *leader)
{
	const u32 number = slot_hints[leader->tgid & (PMON_SLOT_HINTS - 1)];
	struct pmon_slot *slot = slot_at(number);

	return slot && slot->state == PMON_SLOT_ACTIVE && slot->tgid == leader->tgid &&
		       slot->start_boottime_ns == leader->start_boottime
		   ? number
		   : 0;
}

/* The slot of task's process: a leader opens it, threads take their leader's. */
static __always_inline u32 slot_of_process(struct task_struct *task, u32 birth)
{
	struct task_struct *leader = task->group_leader;
	struct thread_state *state;
	struct pmon_slot *slot;
	u32 number;

	if (leader != task) {
		state = thread_of(leader);
		return state && has_slot(state, leader) ? state->slot : 0;
	}
	number = known_slot(task);
	if (number)
		return number;
	slot = open_slot(task, &number);
	if (!slot)
		return 0;
	slot->birth = birth;
	add_dead_threads(slot, task->signal);
	publish(&slot->state, PMON_SLOT_ACTIVE);
	return number;
}

/*
 * Has task accounted from now on, with all that the kernel has counted for it so far; a leader
 * opens the slot of its process, as one whose birth this is or not. The thread's state, NULL where
 * there is none to be had.
 */
static __always_inline struct thread_state *seed_thread(struct task_struct *task, u32 birth)
{
	struct thread_state *thread;
	struct pmon_slot *slot;
	u32 number;

	thread = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!thread) {
		count_loss(PMON_LOSS_STORAGE_FAILED);
		return NULL;
	}
	if (has_slot(thread, task))
		return thread;
	if (thread->done) {
		/* A leader that ended and whose slot was closed before the last of its threads. No
		 * switch touches its state any more. */
		__builtin_memset(thread, 0, sizeof(*thread));
	}
	number = slot_of_process(task, birth);
	slot = slot_at(number);
	if (!slot)
		return thread;
	/* No switch touches the state while its slot is 0. */
	carry_counters(task, thread, slot);
	store_levels(task, slot);
	__sync_fetch_and_add(&slot->value[PMON_V_THREADS_CREATED], 1);
	slot->sweep = control.sweep;
	if (task->exit_state) {
		/* A leader that ended before its threads keeps its slot for them to find. */
		__sync_fetch_and_add(&slot->value[PMON_V_THREADS_EXITED], 1);
		thread->done = 1;
	}
	publish(&thread->slot, number);
	return thread;
}

#endif
