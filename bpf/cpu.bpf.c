/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CPU time, switches, faults and memory levels, carried over at context switches. */
#include "account.bpf.h"
#include "process.bpf.h"

static __always_inline void note_running(struct task_struct *task)
{
	struct pmon_cpu *cpu = &cpus[bpf_get_smp_processor_id() & (PMON_MAX_CPUS - 1)];

	cpu->tgid = task->tgid;
	cpu->stack = (u64)task->stack;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(pmon_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct thread_state *thread;
	struct pmon_slot *slot;

	note_running(next);
	thread = thread_of(prev);
	if (!thread) {
		if (is_last_switch(prev) && is_loss(prev))
			count_loss(PMON_LOSS_THREAD_UNKNOWN);
		return 0;
	}
	slot = slot_of_thread(thread, prev);
	if (!slot)
		return 0;
	carry_counters(prev, thread, slot);
	store_levels(prev, slot);
	if (is_last_switch(prev))
		end_thread(prev, thread, slot);
	return 0;
}

/*
 * Run by user space on a CPU (BPF_F_TEST_RUN_ON_CPU) before it reads the ledger: a task that has
 * the CPU to itself is never switched out, and its counters would stand still.
 */
SEC("raw_tp")
int pmon_refresh(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *thread = thread_of(task);
	struct pmon_slot *slot = slot_of_thread(thread, task);

	note_running(task);
	if (!thread || !slot)
		return 0;
	carry_counters(task, thread, slot);
	store_levels(task, slot);
	return 0;
}
