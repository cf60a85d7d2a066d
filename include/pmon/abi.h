/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause OR Apache-2.0 */
/*
 * The contract between the BPF programs and user space; both sides include this file and nothing
 * else of each other. Fixed widths, explicit padding; a test compares it with the object's BTF.
 */
#ifndef PMON_ABI_H
#define PMON_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define PMON_COMM_LEN 16
/* Slot 0 is never used: a thread whose storage says slot 0 is not accounted. */
#define PMON_FIRST_SLOT 1
#define PMON_MAX_CPUS 1024
/* One byte per hashed tgid: tells page_fault_user in one load that a process is no target. */
#define PMON_WATCH_FILTER_SIZE 65536
/* Slot numbers by hashed tgid: a guess that the slot's own tgid confirms. */
#define PMON_SLOT_HINTS 65536

/* Index into pmon_slot.value[], in the order of metrics.def. */
enum pmon_value {
#define PMON_KERNEL(id, name, label, kind, raw, help) PMON_V_##id,
#define PMON_DERIVED(id, name, label, kind, raw, help)
#include "metrics.def"
#undef PMON_KERNEL
#undef PMON_DERIVED
	PMON_VALUE_COUNT
};

enum pmon_slot_state {
	PMON_SLOT_FREE = 0,   /* user space owns it */
	PMON_SLOT_ACTIVE = 1, /* the kernel writes it */
	PMON_SLOT_DEAD = 2,   /* the process ended; user space reads it and frees it */
};

/*
 * One process. Counters are totals since the process began (what the kernel no longer knows of the
 * time before pmon started is left out: run delay of dead threads, mapped bytes, thread churn).
 */
struct pmon_slot {
	__u64 value[PMON_VALUE_COUNT]; /* raw units of metrics.def */
	__u64 start_boottime_ns;       /* of the group leader; with tgid, the identity */
	__u64 exit_boottime_ns;        /* 0 while it lives */
	__u64 cgroup_id;        /* of the default hierarchy, at the last fork, exec or sweep */
	__u64 memory_cgroup_id; /* of the cgroup that holds its memory controller; 0: none */
	__u32 state;            /* enum pmon_slot_state */
	__u32 tgid;
	__u32 ppid;        /* tgid of the parent when it was born or first seen */
	__u32 uid;         /* real uid at the last fork or exec */
	__s32 wait_status; /* as waitpid(2) would give it; valid when DEAD */
	__u32 exec_count;  /* bumped by every exec, so that a lost exec event shows */
	__u32 birth;       /* 1: seen being born, totals are whole; 0: found by the sweep */
	__u32 watched;     /* written by user space: count fault regions; children inherit it */
	__u32 oom_killed;  /* chosen by the OOM killer */
	__u32 sweep;       /* number of the last full sweep that saw a live thread */
	char comm[PMON_COMM_LEN];
	__u8 pad[8];
} __attribute__((aligned(64)));

enum pmon_event_kind {
	PMON_EVENT_EXEC = 1,
	PMON_EVENT_EXIT = 2,
	PMON_EVENT_OOM_KILL = 3,
};

struct pmon_event {
	__u32 kind;
	__u32 slot; /* 0 where unknown (an OOM victim on kernels that name only its pid) */
	__u32 tgid;
	__u32 pad;
	__u64 start_boottime_ns;
	__u64 boottime_ns;        /* of the event; EXIT only, else 0 */
	char comm[PMON_COMM_LEN]; /* after the exec */
};

/* Everything that can go wrong in the kernel, counted by cause; index into pmon_control.lost[]. */
enum pmon_loss {
	PMON_LOSS_LEDGER_FULL = 0, /* a process got no slot */
	PMON_LOSS_STORAGE_FAILED,  /* a thread got no task storage */
	PMON_LOSS_THREAD_UNKNOWN,  /* a thread began or ended and its storage could not be had */
	PMON_LOSS_RING_FULL_EXEC,  /* healed from pmon_slot.exec_count */
	PMON_LOSS_RING_FULL_EXIT,  /* healed from pmon_slot.state */
	PMON_LOSS_RING_FULL_OOM,
	PMON_LOSS_COUNT
};

/* The program's data that user space reads and writes through the map's mmap. */
struct pmon_control {
	__u32 next_fresh;   /* the first slot never handed out; slots below it may be in use */
	__u32 sweep;        /* number of the sweep now running or last run; user space bumps it */
	__u32 dead;         /* slots gone DEAD since user space last set it to 0 */
	__u32 seeded;       /* 1 from the end of the first sweep on */
	__u32 without_slot; /* processes that the running sweep found no slot for; user space clears
			       it */
	__u32 pad;
	__u64 swept_boottime_ns; /* when the second sweep ended; 0 before */
	__u64 lost[PMON_LOSS_COUNT];
};

#define PMON_CPU_UNKNOWN 0xffffffffu

/* The running task of a CPU: user space refreshes only CPUs that need it, pmon_fault knows whose
 * fault it is. */
struct pmon_cpu {
	__u64 stack; /* where the task's kernel stack begins */
	__u32 tgid;  /* 0: idle; PMON_CPU_UNKNOWN until its first switch */
	__u32 pad[13];
} __attribute__((aligned(64)));

#if defined(__cplusplus)
static_assert(sizeof(struct pmon_slot) == 256, "four cache lines");
static_assert(sizeof(struct pmon_event) == 48, "no implicit padding");
#else
_Static_assert(sizeof(struct pmon_slot) == 256, "four cache lines");
_Static_assert(sizeof(struct pmon_event) == 48, "no implicit padding");
#endif

#endif
