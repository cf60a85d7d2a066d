/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Empty programs at the hooks of pmon: what the kernel's own measuring costs, to subtract. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sched_switch")
int empty_switch(void *ctx)
{
	return 0;
}

SEC("tp_btf/page_fault_user")
int empty_fault(void *ctx)
{
	return 0;
}

SEC("tp_btf/vm_unmapped_area")
int empty_mmap(void *ctx)
{
	return 0;
}
