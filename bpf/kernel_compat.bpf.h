/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Differences between kernels, each with the commit that made it, and when its branch may go.
 * Types and fields are probed, never versions.
 */
#ifndef PMON_KERNEL_COMPAT_BPF_H
#define PMON_KERNEL_COMPAT_BPF_H

#include "maps.bpf.h"

/*
 * "mm: convert mm's rss stats into percpu_counter" (6.2) made rss_stat an array of percpu_counter.
 * The branch may go when 6.1 is no longer supported (end of 2027).
 */
struct mm_rss_stat___before_6_2 {
	atomic_long_t count[4];
} __attribute__((preserve_access_index));
struct mm_struct___before_6_2 {
	struct mm_rss_stat___before_6_2 rss_stat;
} __attribute__((preserve_access_index));

enum rss_kind { RSS_FILE, RSS_ANON, RSS_SWAP, RSS_SHMEM, RSS_KINDS };

static __always_inline u64 at_least_0(s64 pages)
{
	return pages > 0 ? pages : 0;
}

/*
 * Pages by kind; leaves out what CPUs hold back in batches, so it can be a little off, and below 0.
 * Indexes are literals, because only those are relocated with the size of the kernel's own element.
 * The verifier before 6.2 does not follow an array of a typedef, so the old form is copied.
 */
static __always_inline void read_rss(struct mm_struct *mm, s64 pages[RSS_KINDS])
{
	if (bpf_core_type_exists(struct mm_rss_stat___before_6_2)) {
		bpf_core_read(pages, RSS_KINDS * sizeof(*pages),
			      &((struct mm_struct___before_6_2 *)mm)->rss_stat.count);
		return;
	}
	pages[RSS_FILE] = mm->rss_stat[0].count;
	pages[RSS_ANON] = mm->rss_stat[1].count;
	pages[RSS_SWAP] = mm->rss_stat[2].count;
	pages[RSS_SHMEM] = mm->rss_stat[3].count;
}

/*
 * "sched: Change task_struct::state" (5.14) renamed it to __state.
 * The branch may go when 5.10 is no longer supported (end of 2026).
 */
struct task_struct___before_5_14 {
	volatile long state;
} __attribute__((preserve_access_index));

#define TASK_DEAD 0x080
#define TASK_NEW 0x800

static __always_inline long state_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state;
	return ((struct task_struct___before_5_14 *)task)->state;
}

/* The switch away from a task in this state is its last. */
static __always_inline bool is_last_switch(struct task_struct *task)
{
	return state_of(task) & TASK_DEAD;
}

/* Still being made: task_newtask comes, or has come, before it first runs. */
static __always_inline bool is_new(struct task_struct *task)
{
	return state_of(task) & TASK_NEW;
}

/*
 * "mm,oom: add process uid and other fields to mark_victim" (6.8) made the argument of the
 * tracepoint oom:mark_victim a task; before, it is a pid.
 */
static __always_inline bool mark_victim_gives_task(void)
{
	return bpf_core_field_exists(((struct trace_event_raw_mark_victim *)0)->uid);
}

/*
 * "mm: align larger anonymous mappings on THP boundaries" (6.7) asks for a hole larger than the
 * mapping, so the length of the search is not that of the mmap; the system call's argument is.
 * Bytes, rounded to pages; the searched length where the hole is not for an mmap.
 */
#define SMALLEST_ALIGNED (2UL << 20)

static __always_inline u64 requested_bytes(struct task_struct *task,
					   struct vm_unmapped_area_info *info)
{
	u64 length = info->length;

	if (length <= SMALLEST_ALIGNED)
		return length;
#if defined(__TARGET_ARCH_x86) || defined(__TARGET_ARCH_arm64)
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
#if defined(__TARGET_ARCH_x86)
	const bool is_mmap = regs->orig_ax == 9;
	u64 asked = regs->si;
#else
	const bool is_mmap = regs->syscallno == 222;
	u64 asked = regs->regs[1];
#endif
	asked = (asked + 4095) & ~4095ULL;
	if (is_mmap && asked && asked < length)
		length = asked;
#endif
	return length;
}

#endif
