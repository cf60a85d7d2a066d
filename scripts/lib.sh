# SPDX-License-Identifier: Apache-2.0
# Shared parts of the scripts (POSIX sh). The caller sets `root` to the top of the source tree, and
# `me` to the name that its messages begin with.
# shellcheck shell=sh disable=SC2154

say() { printf '%s: %s\n' "$me" "$*" >&2; }

# die STATUS MESSAGE [REMEDY]; the statuses are those of pmon itself: 1 failed, 2 bad words, 3 not possible here.
die() {
  say "error: $2"
  [ -z "${3-}" ] || say "remedy: $3"
  exit "$1"
}

# packages_of SECTION…: the names that scripts/packages lists there, on one line.
packages_of() {
  for wanted in "$@"; do
    while read -r section names; do
      [ "$section" != "$wanted" ] || printf '%s ' "$names"
    done <"$root/scripts/packages"
  done
}

# missing_packages PACKAGE…: those that are not installed, on one line.
missing_packages() {
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} \n' "$@" 2>/dev/null | sed -n 's/^installed//p' | tr -d '\n')
  for package in "$@"; do
    case $installed in *" $package "*) ;; *) printf '%s ' "$package" ;; esac
  done
}

# 'ID ID_LIKE' of the running system, as os-release(5) has them.
distribution() (
  ID='' ID_LIKE=''
  # shellcheck source=/dev/null
  [ ! -r "${PMON_OS_RELEASE:-/etc/os-release}" ] || . "${PMON_OS_RELEASE:-/etc/os-release}"
  printf '%s %s' "$ID" "$ID_LIKE"
)

# require_debian PACKAGE…: stops with the list where apt is not at home.
require_debian() {
  case " $(distribution) " in
    *' debian '*) ;;
    *) die 3 "this set-up knows Debian and its kin only; the packages it needs are: $*" \
           "install what your distribution calls them, then: cmake --preset release && cmake --build --preset release" ;;
  esac
}

# require_packages SECTION…: installs what is missing, without a question and with nothing on stdout.
require_packages() {
  # shellcheck disable=SC2046 # names, one word each
  set -- $(packages_of "$@")
  require_debian "$@"
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  missing=${missing% }
  [ "$(id -u)" = 0 ] || die 3 "packages are missing: $missing" "as root: apt-get install --no-install-recommends $missing"
  say "installing $missing"
  apt_log=$(mktemp)
  apt_get update >"$apt_log" 2>&1 || say "warning: apt-get update had errors; trying with what it got"
  # shellcheck disable=SC2086
  if ! apt_get install --no-install-recommends $missing >>"$apt_log" 2>&1; then
    tail -n 20 "$apt_log" >&2
    die 1 "apt-get install failed; its whole output is in $apt_log"
  fi
  rm -f "$apt_log"
}

# apt-get that never asks, and waits for another apt to end.
apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# How many compilers at once: one a CPU, and about 1 GB of memory for each.
compile_jobs() {
  cpus=$(nproc)
  while read -r key kilobytes _; do
    [ "$key" != MemAvailable: ] || break
  done </proc/meminfo
  fit=$((kilobytes / 1000000))
  [ "$fit" -ge 1 ] || fit=1
  if [ "$fit" -lt "$cpus" ]; then echo "$fit"; else echo "$cpus"; fi
}

# is_current BUILD: the tree in BUILD was finished and nothing that goes into pmon changed since. Folders
# count, too: a file that went away changes its folder.
is_current() {
  [ -f "$1/current" ] &&
    [ -z "$(cd "$root" && find CMakeLists.txt CMakePresets.json bpf cmake include rules user vmlinux -newer "$1/current" -print -quit)" ]
}

# prepare_build BUILD: the folder is there and can be written.
prepare_build() {
  # shellcheck disable=SC2015
  mkdir -p "$1" 2>/dev/null && [ -w "$1" ] ||
    die 3 "cannot write to $1, where pmon is built" "name another folder: PMON_BUILD_DIR=/var/tmp/pmon-build"
}

# build_tree BUILD PRESET TARGET [CMAKE-OPTION…]: configures where that was not done, and builds; output goes to
# BUILD/build.log.
build_tree() {
  folder=$1 preset=$2 target=$3 log=$1/build.log
  shift 3
  began=$(date +%s)
  say "building $target (log: $log)"
  if ! { configure_tree "$folder" "$preset" "$@" && cmake --build "$folder" --target "$target" -j "$(compile_jobs)"; } >"$log" 2>&1 </dev/null; then
    grep -E '^FAILED|(error|Error|undefined reference)[: ]' "$log" | head -n 20 >&2 || true
    tail -n 20 "$log" >&2
    die 1 "the build failed; its whole output is in $log"
  fi
  say "built in $(($(date +%s) - began)) s"
}

configure_tree() {
  folder=$1 preset=$2
  shift 2
  # A tree that was copied or moved with its source is of no use to CMake.
  if ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt" 2>/dev/null; then
    set -- --fresh "$@"
  fi
  (cd "$root" && cmake --preset "$preset" -B "$folder" "$@")
}

# What is downloaded once and used by every tree of this user.
cache_folder() { echo "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pmon"; }

# download_package PACKAGE FOLDER: its .deb from the archive, without installing it.
download_package() {
  chmod 755 "$2"
  (cd "$2" && { apt_get download "$1" || { apt_get update && apt_get download "$1"; }; }) >"$2/log" 2>&1 || {
    cat "$2/log" >&2
    die 3 "cannot download the package $1" "check the network and apt's sources: apt-get download $1"
  }
}

test_tree() { echo "${PMON_BUILD_DIR:-$root/build}/test"; }

# build_tests TARGET: of the tree that has every test.
build_tests() {
  prepare_build "$(test_tree)"
  build_tree "$(test_tree)" release "$1" -DPMON_TESTS=ON "-DPMON_OTHER_TREES=$(test_tree)-sanitized;$(test_tree)-fuzz"
}

# add_tools [SECTION…]: puts the programs of these packages (those of `tools`) into PATH, from a folder of their own where
# they are not installed.
add_tools() {
  [ $# -gt 0 ] || set -- tools
  for package in $(packages_of "$@"); do
    [ -n "$(missing_packages "$package")" ] || continue
    folder=$(cache_folder)/tools/$package
    if [ ! -f "$folder/complete" ]; then
      say "unpacking $package to $folder"
      scratch=$(mktemp -d)
      download_package "$package" "$scratch"
      mkdir -p "$folder"
      dpkg-deb -x "$scratch"/*.deb "$folder"
      rm -rf "$scratch"
      touch "$folder/complete"
    fi
    PATH=$PATH:$folder/usr/bin:$folder/usr/sbin
  done
  export PATH
}
