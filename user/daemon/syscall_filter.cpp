// SPDX-License-Identifier: Apache-2.0
#include "daemon/syscall_filter.h"

#include <seccomp.h>

#include <cerrno>
#include <memory>

namespace pmon::daemon {

namespace {

// A list of what is refused, not of what is allowed: libraries such as librdkafka and OpenSSL, and the programs of exec
// receivers, may call what they like of the rest.
constexpr int kRefused[] = {
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fspick),
    SCMP_SYS(fsmount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(syslog),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(personality),
};

}  // namespace

Result<void> filter_syscalls() {
  const std::unique_ptr<void, decltype([](void* filter) { seccomp_release(filter); })> filter(
      seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return fail(ErrorKind::kFailed, "make the system call filter: out of memory");
  for (const int call : kRefused) {
    const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    // One that this architecture does not have needs no rule.
    if (error != 0 && error != -EDOM && call >= 0) return fail_errno(-error, "make the system call filter");
  }
  if (const int error = seccomp_load(filter.get()); error != 0)
    return fail_errno(-error, "load the system call filter");
  return {};
}

}  // namespace pmon::daemon
