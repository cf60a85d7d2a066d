// SPDX-License-Identifier: Apache-2.0
#include "daemon/privileges.h"

#include <fcntl.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "daemon/syscall_filter.h"

namespace pmon::daemon {

namespace {

using Caps = std::unique_ptr<std::remove_pointer_t<cap_t>, decltype([](cap_t caps) { cap_free(caps); })>;
using Set = std::vector<cap_value_t>;

bool permitted(cap_value_t cap) {
  const Caps caps(cap_get_proc());
  cap_flag_value_t value = CAP_CLEAR;
  return caps && cap_get_flag(caps.get(), cap, CAP_PERMITTED, &value) == 0 && value == CAP_SET;
}

bool set(const Set& allowed, const Set& effective) {
  const Caps caps(cap_init());
  if (!caps) return false;
  const auto flag = [&caps](cap_flag_t which, const Set& values) {
    return values.empty() ||
           cap_set_flag(caps.get(), which, static_cast<int>(values.size()), values.data(), CAP_SET) == 0;
  };
  return flag(CAP_PERMITTED, allowed) && flag(CAP_EFFECTIVE, effective) && cap_set_proc(caps.get()) == 0;
}

Set all_permitted() {
  Set all;
  for (cap_value_t cap = 0; cap <= cap_max_bits(); ++cap) {
    if (permitted(cap)) all.push_back(cap);
  }
  return all;
}

std::vector<std::string> names(const Set& caps) {
  std::vector<std::string> names;
  for (const cap_value_t cap : caps) {
    char* const name = cap_to_name(cap);
    if (name != nullptr) names.emplace_back(name);
    cap_free(name);
  }
  return names;
}

void keep(Set& set, const Set& from, cap_value_t cap) {
  if (std::ranges::find(from, cap) != from.end()) set.push_back(cap);
}

// Those that some work fails without. Called without any effective capability.
Set needed(const PrivilegeNeeds& needs, const Set& had) {
  Set kept;
  if (needs.collector != nullptr && !needs.collector->try_reading()) {
    keep(kept, had, CAP_BPF);
    keep(kept, had, CAP_PERFMON);
    if (kept.empty()) keep(kept, had, CAP_SYS_ADMIN);  // a kernel from before 5.8
  }
  if (needs.collector != nullptr && needs.collector->name() == "procfs") keep(kept, had, CAP_SYS_PTRACE);  // hidepid
  const auto writable = [](const std::string& folder) {
    return faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  };
  if (!std::ranges::all_of(needs.written_folders, writable)) keep(kept, had, CAP_DAC_OVERRIDE);
  if (needs.low_ports) keep(kept, had, CAP_NET_BIND_SERVICE);
  return kept;
}

Set g_kept;     // effective
Set g_dormant;  // permitted beside them

}  // namespace

Result<Privileges> drop_privileges(const PrivilegeNeeds& needs) {
  const Set had = all_permitted();
  if (!set(had, {})) return fail_errno(errno, "give up capabilities");
  g_kept = needed(needs, had);
  g_dormant.clear();
  // Hooks that were left out to save CPU are attached again with these.
  if (needs.collector != nullptr && needs.collector->name() == "ebpf") {
    for (const cap_value_t cap : {CAP_BPF, CAP_PERFMON}) {
      if (std::ranges::find(g_kept, cap) == g_kept.end()) keep(g_dormant, had, cap);
    }
  }
  Set allowed = g_kept;
  allowed.insert(allowed.end(), g_dormant.begin(), g_dormant.end());
  if (std::ranges::find(had, CAP_SETPCAP) != had.end() && set(had, {CAP_SETPCAP})) {
    for (cap_value_t cap = 0; cap <= cap_max_bits(); ++cap) {
      if (std::ranges::find(allowed, cap) == allowed.end()) (void)cap_drop_bound(cap);
    }
  }
  if (!set(allowed, g_kept)) return fail_errno(errno, "give up capabilities");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(errno, "set no_new_privs");
  if (auto filtered = filter_syscalls(); !filtered) return std::unexpected(filtered.error());
  return Privileges{names(g_kept), names(g_dormant)};
}

void with_dormant_privileges(const std::function<void()>& work) {
  Set allowed = g_kept;
  allowed.insert(allowed.end(), g_dormant.begin(), g_dormant.end());
  (void)set(allowed, allowed);
  work();
  (void)set(allowed, g_kept);
}

}  // namespace pmon::daemon
