/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A walk over every thread: seeds the ledger at start, and later finds threads that got no storage,
 * refreshes memory levels that changed without a switch (reclaim), and marks the slots that live.
 */
#include "seed.bpf.h"

/* A process that is ending, or a zombie: its last switch is no loss. */
static __always_inline void pass_over(struct task_struct *task)
{
	struct thread_state *thread;

	if (control.seeded || task->exit_state)
		return;
	thread = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (thread)
		thread->done = 1;
}

/*
 * A thread that has no slot yet. Its leader opens that first: where pids have wrapped, threads come
 * before it. The process lives, whether its thread gets storage or not.
 */
static __always_inline void seed_process(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct thread_state *thread;
	struct pmon_slot *slot;

	if (leader != task) {
		slot = slot_of_thread(seed_thread(leader, 0), leader);
		if (slot)
			slot->sweep = control.sweep;
	}
	thread = seed_thread(task, 0);
	if (thread && !slot_of_thread(thread, task) && leader == task) {
		control.without_slot++; /* one sweep at a time */
		if (!control.seeded)
			count_loss(PMON_LOSS_LEDGER_FULL); /* later, its birth has been counted */
	}
}

SEC("iter/task")
int pmon_sweep(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_state *thread;
	struct pmon_slot *slot;

	if (!task) { /* the end of the walk */
		if (control.seeded && !control.swept_boottime_ns)
			control.swept_boottime_ns = bpf_ktime_get_boot_ns();
		return 0;
	}
	if (task->flags & PF_KTHREAD || is_new(task))
		return 0;
	thread = thread_of(task);
	if (thread && thread->done)
		return 0;
	slot = thread ? slot_at(thread->slot) : NULL;
	if (!slot) {
		if (task->signal->live.counter <= 0)
			pass_over(task);
		else
			seed_process(task);
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
