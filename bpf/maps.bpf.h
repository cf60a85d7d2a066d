/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every map and every global, once. maps.bpf.c defines PMON_DEFINE_MAPS and so owns them; the other
 * files see them as extern and bpftool links them together.
 */
#ifndef PMON_MAPS_BPF_H
#define PMON_MAPS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "pmon/abi.h"

#ifdef PMON_DEFINE_MAPS
#define PMON_GLOBAL
#else
#define PMON_GLOBAL extern
#endif

/* What a thread had when its process was last told of it. */
struct thread_state {
	u32 slot; /* 0: not accounted yet */
	u32 done; /* 1: counted as ended */
	u64 cpu;
	u64 run_delay;
	u64 voluntary;
	u64 involuntary;
	u64 minor_faults;
	u64 major_faults;
};

PMON_GLOBAL struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_state);
} threads SEC(".maps");

/* The ledger: user space sets max_entries before load and reads it through mmap. */
PMON_GLOBAL struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, struct pmon_slot);
} ledger SEC(".maps");

/* Slots given back by user space; a stack keeps the ledger's used part compact. */
PMON_GLOBAL struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 16384);
	__uint(value_size, sizeof(u32));
} free_slots SEC(".maps");

PMON_GLOBAL struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} events SEC(".maps");

/* Set before load. */
extern const volatile __u32 ledger_slots; /* max_entries of the ledger */
extern const volatile __u32 ring_bytes;   /* max_entries of the ring */

extern struct pmon_control control;
extern struct pmon_cpu cpus[PMON_MAX_CPUS];
extern __u8 watch_filter[PMON_WATCH_FILTER_SIZE];
extern __u32 slot_hints[PMON_SLOT_HINTS];

static __always_inline void count_loss(enum pmon_loss cause)
{
	__sync_fetch_and_add(&control.lost[cause], 1);
}

static __always_inline struct pmon_slot *slot_at(u32 slot)
{
	return slot ? bpf_map_lookup_elem(&ledger, &slot) : NULL;
}

static __always_inline struct thread_state *thread_of(struct task_struct *task)
{
	return bpf_task_storage_get(&threads, task, NULL, 0);
}

/*
 * The slot that task's thread belongs to; NULL where it has none, or where it was closed under the
 * thread and is another process's by now.
 */
static __always_inline struct pmon_slot *slot_of_thread(struct thread_state *thread,
							struct task_struct *task)
{
	struct pmon_slot *slot = thread ? slot_at(thread->slot) : NULL;

	return slot && slot->tgid == task->tgid ? slot : NULL;
}

/*
 * The slot of task's process, for hooks that need no thread_state: half the cost of task storage,
 * which is asked only where two processes share a hint.
 */
static __always_inline struct pmon_slot *slot_of(struct task_struct *task)
{
	const u32 tgid = task->tgid;
	struct pmon_slot *slot = slot_at(slot_hints[tgid & (PMON_SLOT_HINTS - 1)]);

	if (slot && slot->tgid == tgid && slot->state == PMON_SLOT_ACTIVE)
		return slot;
	return slot_of_thread(thread_of(task), task);
}

#define PF_KTHREAD 0x00200000
#ifndef NULL
#define NULL ((void *)0)
#endif

#endif
