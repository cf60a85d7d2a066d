/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which region faults, for watched processes. How many is known without a hook (min_flt, maj_flt).
 * The regions are told apart by the addresses that mm_struct keeps, without looking up the mapping:
 * heap is the brk area, stack the main thread's stack, file the program's own image and any fetch
 * of code; all else, thread stacks and data of shared libraries included, is mmap.
 */
#include "kernel_compat.bpf.h"

#define FAULT_INSTRUCTION_FETCH (1 << 4) /* x86: X86_PF_INSTR */
#define STACK_GROWTH (1UL << 20)
#define STACK_SIZE (16UL << 10) /* x86; beyond it, with KASAN, the helper is asked */

static __always_inline bool in_stack(struct mm_struct *mm, unsigned long address)
{
	const unsigned long top = mm->start_stack;

	/* The usual layout has the stack above the mmap area; the legacy one below it, growing
	 * down. */
	if (mm->mmap_base > top / 2)
		return address > mm->mmap_base;
	return address >= top - (mm->stack_vm << 12) - STACK_GROWTH;
}

static __always_inline u32 region_of(struct mm_struct *mm, unsigned long address, u64 error_code)
{
	if (address >= mm->start_brk && address < mm->brk)
		return PMON_V_FAULTS_HEAP;
	if (in_stack(mm, address))
		return PMON_V_FAULTS_STACK;
	if (error_code & FAULT_INSTRUCTION_FETCH)
		return PMON_V_FAULTS_FILE;
	if (address >= mm->start_code && address < mm->end_data)
		return PMON_V_FAULTS_FILE;
	return PMON_V_FAULTS_MMAP;
}

/*
 * The tgid of the task that faults. pmon_switch has left it for this CPU, so that no helper is
 * called for those who are no target. It is this task's where the registers lie on the stack that
 * was left with it; else a switch was kept from pmon, as some kernels do for tasks of their own.
 */
static __always_inline u32 faulting_tgid(struct pt_regs *regs)
{
	const struct pmon_cpu *cpu = &cpus[bpf_get_smp_processor_id() & (PMON_MAX_CPUS - 1)];
	const u64 stack = cpu->stack;
	u32 tgid = cpu->tgid;

	barrier_var(tgid); /* one load from a map and one from a task must not become one */
	if ((u64)regs < stack || (u64)regs >= stack + STACK_SIZE)
		tgid = bpf_get_current_task_btf()->tgid;
	return tgid;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(pmon_fault, unsigned long address, struct pt_regs *regs, unsigned long error_code)
{
	struct task_struct *task;
	struct pmon_slot *slot;
	u32 region;

	if (!watch_filter[faulting_tgid(regs) & (PMON_WATCH_FILTER_SIZE - 1)])
		return 0;
	task = bpf_get_current_task_btf();
	slot = slot_of(task);
	if (!slot || !slot->watched || !task->mm)
		return 0;
	region = region_of(task->mm, address, error_code);
	__sync_fetch_and_add(&slot->value[region], 1);
	return 0;
}
