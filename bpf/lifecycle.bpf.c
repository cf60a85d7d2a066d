/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Births, execs, renames, exits and OOM kills. */
#include "seed.bpf.h"

#define CLONE_THREAD 0x00010000
#define SIGNAL_GROUP_EXIT 0x00000004

/* Runs in the parent, after the task is complete and before it first runs. */
SEC("tp_btf/task_newtask")
int BPF_PROG(pmon_newtask, struct task_struct *task, u64 clone_flags)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct thread_state *creator, *thread;
	struct pmon_slot *slot, *parent;
	u32 number = 0;

	if (task->flags & PF_KTHREAD)
		return 0;
	creator = thread_of(current);
	parent = slot_of_thread(creator, current);
	if (clone_flags & CLONE_THREAD && !creator) {
		if (is_loss(current))
			count_loss(PMON_LOSS_THREAD_UNKNOWN);
		return 0;
	}
	/* Storage first: a slot without a thread would never be given back. */
	thread = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!thread) {
		count_loss(PMON_LOSS_STORAGE_FAILED);
		return 0;
	}
	if (clone_flags & CLONE_THREAD) {
		slot = parent;
		if (!slot) {
			/* A process without a slot has been counted. The sweep that finds one gives
			 * it to the leader before the others, and may be past the new thread's pid.
			 */
			creator = thread_of(current->group_leader);
			slot = slot_of_thread(creator, current->group_leader);
			if (!creator || !slot || slot->state != PMON_SLOT_ACTIVE)
				return 0;
		}
		number = creator->slot;
	} else {
		slot = open_slot(task, &number);
		if (!slot) {
			count_loss(PMON_LOSS_LEDGER_FULL);
			return 0;
		}
		slot->ppid = current->tgid;
		slot->birth = 1;
		if (parent && parent->watched) {
			slot->watched = 1;
			watch_filter[task->tgid & (PMON_WATCH_FILTER_SIZE - 1)] = 1;
		}
	}
	__sync_fetch_and_add(&slot->value[PMON_V_THREADS_CREATED], 1);
	publish(&slot->state, PMON_SLOT_ACTIVE);
	publish(&thread->slot, number);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(pmon_exec, struct task_struct *task)
{
	struct thread_state *thread = thread_of(task);
	struct pmon_slot *slot;

	if (!thread && control.seeded) {
		/* It was a kernel's helper until now, a kernel thread for kernels before "fork:
		 * Explicitly set PF_KTHREAD" (5.19), or its storage could not be had. Nothing of it
		 * has been told before. */
		thread = seed_thread(task, 1);
		if (thread && !slot_of_thread(thread, task))
			count_loss(PMON_LOSS_LEDGER_FULL);
	}
	slot = slot_of_thread(thread, task);
	if (!thread || !slot)
		return 0;
	describe(slot, task);
	store_levels(task, slot);
	__sync_fetch_and_add(&slot->exec_count, 1);
	send_event(PMON_EVENT_EXEC, thread->slot, slot, PMON_LOSS_RING_FULL_EXEC, false);
	return 0;
}

/* prctl(PR_SET_NAME) and /proc/PID/comm; the tracepoint comes before the change. */
SEC("tp_btf/task_rename")
int BPF_PROG(pmon_rename, struct task_struct *task, const char *comm)
{
	struct pmon_slot *slot;

	if (task->pid != task->tgid)
		return 0; /* a thread's name is not the process's */
	slot = slot_of_thread(thread_of(task), task);
	if (slot)
		bpf_probe_read_kernel_str(slot->comm, sizeof(slot->comm), comm);
	return 0;
}

/* The status as waitpid(2) will give it, and the one clock read in a process's life. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(pmon_exit, struct task_struct *task)
{
	struct thread_state *thread = thread_of(task);
	struct pmon_slot *slot = slot_of_thread(thread, task);
	struct signal_struct *signal;

	if (!slot)
		return 0;
	signal = task->signal;
	if (signal->flags & SIGNAL_GROUP_EXIT)
		slot->wait_status = signal->group_exit_code;
	else if (task->pid == task->tgid)
		slot->wait_status = task->exit_code;
	store_levels(task, slot);
	if (signal->live.counter <= 0)
		slot->exit_boottime_ns = bpf_ktime_get_boot_ns();
	return 0;
}

SEC("tp_btf/mark_victim")
int pmon_oom(unsigned long long *ctx)
{
	struct pmon_event *event;
	struct thread_state *thread = NULL;
	struct pmon_slot *slot = NULL;
	u32 tgid;

	if (mark_victim_gives_task()) {
		struct task_struct *task = (struct task_struct *)ctx[0];

		thread = thread_of(task);
		slot = slot_of_thread(thread, task);
		tgid = task->tgid;
		if (slot)
			slot->oom_killed = 1;
	} else {
		tgid = (u32)ctx[0];
	}
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count_loss(PMON_LOSS_RING_FULL_OOM);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = PMON_EVENT_OOM_KILL;
	event->tgid = tgid;
	if (thread && slot) {
		event->slot = thread->slot;
		event->start_boottime_ns = slot->start_boottime_ns;
		__builtin_memcpy(event->comm, slot->comm, sizeof(event->comm));
	}
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
	return 0;
}
