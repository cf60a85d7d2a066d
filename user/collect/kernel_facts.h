// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pmon/result.h"

struct btf;

namespace pmon {

// Whether this process sees the host's pids: tracepoints give those, whatever namespace one lives in.
// The error (kUnsupported) tells the remedy.
[[nodiscard]] Result<void> require_host_pid_namespace();

// Whether what a hook allocates is charged to a memory cgroup under locks that sleep, as real-time kernels before
// "bpf: Use bpf_mem_cache_alloc/free in bpf_local_storage_elem" (6.4) do: at the limit, the kernel then schedules where
// it must not, and whoever was starting a thread crashes. Of uname(2): "6.1.0-57-rt-amd64", "#1 SMP PREEMPT_RT Debian
// …".
[[nodiscard]] bool charges_under_sleeping_locks(const char* release, const char* version);

// Whether hooks may allocate: on such a kernel, only where this process's memory has no limit below the host's.
// The error (kUnsupported) tells the remedy.
[[nodiscard]] Result<void> require_harmless_charges();

// Whether BPF programs may be loaded here at all, so that a refusal is about the program: tried with an
// empty one.
[[nodiscard]] bool may_load_bpf();

// The running kernel's BTF, some megabytes while it lives.
class KernelTypes {
 public:
  KernelTypes();
  ~KernelTypes();
  KernelTypes(const KernelTypes&) = delete;
  KernelTypes& operator=(const KernelTypes&) = delete;

  [[nodiscard]] bool has_btf() const { return btf_ != nullptr; }
  // Whether tp_btf programs can attach to it; false also where there is no BTF.
  [[nodiscard]] bool has_tracepoint(const std::string& tracepoint) const;

 private:
  btf* btf_;
};

// Nanoseconds since boot, as in start_boottime.
[[nodiscard]] unsigned long long boottime_now_ns();

}  // namespace pmon
