/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Address space handed out; fires once for every mapping that needs a hole. */
#include "kernel_compat.bpf.h"

#define LOWEST_ERROR ((unsigned long)-4095)

SEC("tp_btf/vm_unmapped_area")
int BPF_PROG(pmon_mmap, unsigned long address, struct vm_unmapped_area_info *info)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pmon_slot *slot;

	if (address >= LOWEST_ERROR)
		return 0;
	slot = slot_of(task);
	if (slot)
		__sync_fetch_and_add(&slot->value[PMON_V_MAPPED], requested_bytes(task, info));
	return 0;
}
