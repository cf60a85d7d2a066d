/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The definitions behind maps.bpf.h. */
#define PMON_DEFINE_MAPS
#include "maps.bpf.h"

const volatile __u32 ledger_slots = 16384;
const volatile __u32 ring_bytes = 262144;
struct pmon_control control = {};
struct pmon_cpu cpus[PMON_MAX_CPUS] = {};
__u8 watch_filter[PMON_WATCH_FILTER_SIZE] = {};
__u32 slot_hints[PMON_SLOT_HINTS] = {};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
