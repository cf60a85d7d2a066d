// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pmon/result.h"

struct btf;

namespace pmon {

// Whether this process sees the host's pids: tracepoints give those, whatever namespace one lives in.
// The error (kUnsupported) tells the remedy.
[[nodiscard]] Result<void> require_host_pid_namespace();

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
