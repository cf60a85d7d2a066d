/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A walk over every thread: seeds the ledger at start, and later finds threads that got no storage,
 * refreshes memory levels that changed without a switch (reclaim), and marks the slots that live.
 */
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

/* The slot of task's process: a leader opens it, threads take their leader's. */
static __always_inline u32 slot_of_process(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct thread_state *state;
	struct pmon_slot *slot;
	u32 number;

	if (leader != task) {
		state = thread_of(leader);
		return state ? state->slot : 0;
	}
	slot = open_slot(task, &number);
	if (!slot) {
		control.without_slot++; /* one sweep at a time */
		if (!control.seeded)
			count_loss(PMON_LOSS_LEDGER_FULL); /* later, its birth has been counted */
		return 0;
	}
	add_dead_threads(slot, task->signal);
	publish(&slot->state, PMON_SLOT_ACTIVE);
	return number;
}

static __always_inline bool has_slot(struct task_struct *task)
{
	struct thread_state *thread = thread_of(task);

	return thread && slot_at(thread->slot);
}

static __always_inline void seed_thread(struct task_struct *task)
{
	struct thread_state *thread;
	struct pmon_slot *slot;
	u32 number;

	if (task->signal->live.counter <= 0) {
		/* Its process is ending or a zombie, and its last switch is no loss. */
		if (control.seeded || task->exit_state)
			return;
		thread = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (thread)
			thread->done = 1;
		return;
	}
	thread = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!thread) {
		count_loss(PMON_LOSS_STORAGE_FAILED);
		return;
	}
	number = slot_of_process(task);
	slot = slot_at(number);
	if (!slot)
		return;
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
}

SEC("iter/task")
int pmon_sweep(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_state *thread;
	struct pmon_slot *slot;

	if (!control.swept_boottime_ns)
		control.swept_boottime_ns = bpf_ktime_get_boot_ns();
	if (!task || task->flags & PF_KTHREAD || is_new(task))
		return 0;
	thread = thread_of(task);
	if (thread && thread->done)
		return 0;
	slot = thread ? slot_at(thread->slot) : NULL;
	if (!slot) {
		/* Where pids have wrapped, threads come before their leader, and one process would
		 * get a slot for each. */
		if (task->group_leader != task && !has_slot(task->group_leader))
			seed_thread(task->group_leader);
		seed_thread(task);
		return 0;
	}
	if (slot->tgid != task->tgid)
		return 0; /* a zombie leader whose process was closed long ago */
	slot->sweep = control.sweep;
	store_levels(task, slot);
	if (task->pid == task->tgid)
		describe(slot, task);
	return 0;
}
