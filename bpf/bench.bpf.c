/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Empty programs at the hooks of pmon: what the kernel's own measuring costs, to subtract. And the
 * usual way to account CPU time, as a yardstick: how fast is this host at present?
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sched_switch")
int empty_switch(void *ctx)
{
	return 0;
}

struct usual_value {
	u64 ns;
	u64 switches;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} usual_since SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, struct usual_value);
} usual_times SEC(".maps");

SEC("tp_btf/sched_switch")
int BPF_PROG(usual_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	const u64 now = bpf_ktime_get_ns();
	const u32 zero = 0, tgid = prev->tgid;
	u64 *since = bpf_map_lookup_elem(&usual_since, &zero);
	struct usual_value *value = bpf_map_lookup_elem(&usual_times, &tgid);

	if (!since)
		return 0;
	if (value) {
		__sync_fetch_and_add(&value->ns, now - *since);
		__sync_fetch_and_add(&value->switches, 1);
	} else {
		const struct usual_value first = {now - *since, 1};

		bpf_map_update_elem(&usual_times, &tgid, &first, BPF_ANY);
	}
	*since = now;
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
