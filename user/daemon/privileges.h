// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "collect/collector.h"
#include "pmon/result.h"

namespace pmon::daemon {

// What a daemon still needs once everything is attached.
struct PrivilegeNeeds {
  const Collector* collector = nullptr;
  std::vector<std::string> written_folders;  // files are replaced there
  bool low_ports = false;                    // listens below 1024
};

// What is left: names of capabilities, "cap_bpf". `kept` can be used at any time, `dormant` are raised for a moment
// only.
struct Privileges {
  std::vector<std::string> kept;
  std::vector<std::string> dormant;
};

// Gives up every capability of this thread, and of all threads and programs that it starts from now on, but those that
// are needed here, which is tried out: kernels before 5.19 want CAP_BPF for each reading. No program gives more
// privileges any more (no_new_privs), and system calls that no monitor needs are refused from now on (seccomp).
// Errors (kFailed): the kernel refuses; what was given up stays so.
[[nodiscard]] Result<Privileges> drop_privileges(const PrivilegeNeeds& needs);

// Runs `work` with the dormant capabilities.
void with_dormant_privileges(const std::function<void()>& work);

}  // namespace pmon::daemon
