# SPDX-License-Identifier: Apache-2.0
# A copy of this machine that is thrown away: the same files under an overlay in memory, with a systemd of its own in
# namespaces and in a cgroup of its own, so that packages can be installed and services run in it. bash; the caller sets
# `place` to a folder for it, and calls stop_host at its end.
# shellcheck shell=bash disable=SC2154

# start_host system: a whole host that systemd has booted, with pids of its own, where BPF cannot work.
# start_host user: a service manager for root among the pids of this machine, where it can.
# Takes half a second; skips where it cannot be.
start_host() {
  local kind=$1 namespaces='--mount --net --ipc --uts --cgroup' above
  [ "$(id -u)" = 0 ] || skip 'needs root'
  [ -x /lib/systemd/systemd ] || skip 'systemd is not installed'
  above=$(findmnt -nt cgroup2 -o TARGET | head -n 1)$(sed -n 's/^0:://p' /proc/self/cgroup)
  host_cgroup=$above/pmon-packaging-$$
  mkdir "$host_cgroup" 2>/dev/null || skip "no cgroup of version 2 can be made in '$above'"
  mkdir "$place/host"
  [ "$kind" = user ] || namespaces+=' --pid --kill-child'
  # In its cgroup before its namespace is made: systemd takes whatever it sees there for its own.
  # shellcheck disable=SC2016,SC2086
  bash -c 'echo $$ >"$0/cgroup.procs" && exec unshare "$@"' "$host_cgroup" $namespaces --fork \
    bash "${BASH_SOURCE[0]%/*}/boot" "$kind" "$place/host" >"$place/boot.log" 2>&1 &
  host_job=$!
  local deadline=$((SECONDS + 60))
  host_kind=$kind
  until host_init=$(pgrep -P "$host_job" -f /lib/systemd/systemd) && [[ $(service_manager is-system-running 2>/dev/null) =~ running|degraded ]]; do
    if ! kill -0 "$host_job" 2>/dev/null; then
      # What a machine does not permit, it does not permit before that.
      grep -q 'boot: ready' "$place/boot.log" || skip "no overlay or no namespaces here: $(tail -n 1 "$place/boot.log")"
      echo "FAILED: systemd ended: $(tail -n 3 "$place/boot.log")" && exit 1
    fi
    ((SECONDS < deadline)) || { echo 'FAILED: systemd is not up after 60 s' && exit 1; }
    sleep 0.1
  done
}

stop_host() {
  [ -n "${host_cgroup-}" ] || return 0
  echo 1 >"$host_cgroup/cgroup.kill"
  [ -z "${host_job-}" ] || wait "$host_job" 2>/dev/null
  until rmdir_all "$host_cgroup" 2>/dev/null; do sleep 0.05; done
}

rmdir_all() { find "$1" -depth -type d -exec rmdir {} + && [ ! -e "$1" ]; }

# inside COMMAND…: runs it on that host.
inside() {
  local namespaces='--mount --net --ipc --uts --cgroup'
  [ -d "/proc/$host_init" ] || return 1
  [ "$host_kind" = user ] || namespaces+=' --pid'
  # shellcheck disable=SC2086
  nsenter -t "$host_init" $namespaces -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    XDG_RUNTIME_DIR=/run/manager "$@"
}

service_manager() { if [ "$host_kind" = user ]; then inside systemctl --user "$@"; else inside systemctl "$@"; fi; }

# into_host FILE: copies it to the host's /tmp.
into_host() { cp "$1" "/proc/$host_init/root/tmp/"; }
