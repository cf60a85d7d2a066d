/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Slots through the life of a process: taken, described, ended. */
#ifndef PMON_PROCESS_BPF_H
#define PMON_PROCESS_BPF_H

#include "maps.bpf.h"

/*
 * A thread that pmon does not know should be known if it was made after two sweeps. Older ones may
 * have had no storage for good reason: the first sweep passes over threads that are still being
 * made, or released already but not switched away from, and until it comes to a process that
 * process's new threads have no slot to go to.
 */
static __always_inline bool is_loss(struct task_struct *task)
{
	return !(task->flags & PF_KTHREAD) && control.swept_boottime_ns &&
	       task->start_boottime >= control.swept_boottime_ns;
}

/* 0 where the ledger is full. */
static __always_inline u32 take_slot(void)
{
	u32 slot;

	if (bpf_map_pop_elem(&free_slots, &slot) == 0)
		return slot;
	/* The check in front keeps the counter from running away while the ledger stays full. */
	if (*(volatile u32 *)&control.next_fresh < ledger_slots) {
		slot = __sync_fetch_and_add(&control.next_fresh, 1);
		if (slot < ledger_slots)
			return slot;
	}
	return 0;
}

/*
 * The cgroup that holds task's memory controller, in either hierarchy; 0 where the kernel has none.
 * With the second, that is the nearest ancestor whose memory is controlled.
 */
static __always_inline u64 memory_cgroup_of(struct task_struct *task)
{
	struct cgroup_subsys_state *css = NULL;
	void *controllers;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return 0;
	controllers = __builtin_preserve_access_index(&task->cgroups->subsys);
	bpf_probe_read_kernel(
	    &css, sizeof(css),
	    controllers + sizeof(css) * bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	return css ? BPF_CORE_READ(css, cgroup, kn, id) : 0;
}

/* What an exec, a change of credentials or a move between cgroups may alter. */
static __always_inline void describe(struct pmon_slot *slot, struct task_struct *task)
{
	bpf_probe_read_kernel(slot->comm, sizeof(slot->comm), task->comm);
	slot->uid = task->real_cred->uid.val;
	slot->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	slot->memory_cgroup_id = memory_cgroup_of(task);
}

/* A store that no earlier one can be seen after, on any architecture. */
static __always_inline void publish(u32 *where, u32 value)
{
	__sync_lock_test_and_set(where, value);
}

/* A clean slot that describes task's process, not yet ACTIVE; NULL where the ledger is full. */
static __always_inline struct pmon_slot *open_slot(struct task_struct *task, u32 *number)
{
	struct pmon_slot *slot;

	*number = take_slot();
	slot = slot_at(*number);
	if (!slot)
		return NULL;
	__builtin_memset(slot, 0, sizeof(*slot));
	slot->tgid = task->tgid;
	slot->ppid = task->real_parent->tgid;
	slot->start_boottime_ns = task->group_leader->start_boottime;
	slot->sweep = control.sweep;
	slot_hints[task->tgid & (PMON_SLOT_HINTS - 1)] = *number;
	describe(slot, task);
	return slot;
}

/*
 * Wakes user space only when the ring is half full or many slots wait to be freed; otherwise it
 * reads at its next tick. A lost event is healed from the slot, see abi.h.
 */
static __always_inline void send_event(enum pmon_event_kind kind, u32 number,
				       struct pmon_slot *slot, enum pmon_loss cause, bool wake)
{
	struct pmon_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		count_loss(cause);
		return;
	}
	event->kind = kind;
	event->slot = number;
	event->tgid = slot->tgid;
	event->pad = 0;
	event->start_boottime_ns = slot->start_boottime_ns;
	event->boottime_ns = slot->exit_boottime_ns;
	__builtin_memcpy(event->comm, slot->comm, sizeof(event->comm));
	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > ring_bytes / 2)
		wake = true;
	bpf_ringbuf_submit(event, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/*
 * At a thread's last switch. The process has ended when every thread that was seen has, and the
 * kernel too has none left (threads that no sweep has seen yet may live on).
 */
static __always_inline void end_thread(struct task_struct *task, struct thread_state *thread,
				       struct pmon_slot *slot)
{
	u64 exited;

	if (thread->done)
		return; /* counted by the sweep already */
	thread->done = 1;
	exited = __sync_fetch_and_add(&slot->value[PMON_V_THREADS_EXITED], 1) + 1;
	if (exited != slot->value[PMON_V_THREADS_CREATED] || task->signal->live.counter > 0)
		return;
	publish(&slot->state, PMON_SLOT_DEAD);
	send_event(PMON_EVENT_EXIT, thread->slot, slot, PMON_LOSS_RING_FULL_EXIT,
		   (__sync_fetch_and_add(&control.dead, 1) + 1) % (ledger_slots / 4 + 1) == 0);
}

#endif
