# SPDX-License-Identifier: Apache-2.0
# Debian's arm64 packages on another machine: unpacked into folders, run by nothing here. Needs scripts/lib.sh.
# shellcheck shell=bash disable=SC2154

# arm64_folder NAME PACKAGES: prints the folder that holds these packages and what they need, made once and kept.
# PACKAGES has commas between them.
arm64_folder() {
  local folder
  folder=$(cache_folder)/arm64/$1
  mkdir -p "$(cache_folder)/arm64"
  (
    flock 9
    [ ! -e "$folder/complete" ] || exit 0
    say "unpacking $2 for arm64"
    rm -rf "$folder"
    mmdebstrap --quiet --arch=arm64 --variant=extract --include="$2" bookworm "$folder" >"$folder.log" 2>&1 || {
      tail -n 20 "$folder.log" >&2
      die 3 "cannot unpack Debian's arm64 packages" "the whole output is in $folder.log"
    }
    relink "$folder"
    touch "$folder/complete"
  ) 9>"$folder.lock" || return
  echo "$folder"
}

# Links of packages are absolute, as if the folder were the root.
relink() {
  local link
  find "$1" -xtype l -lname '/*' | while read -r link; do
    ln -sfn "$1$(readlink "$link")" "$link"
  done
}

# What pmon and its tests are built against.
arm64_root() {
  # shellcheck disable=SC2046 # names, one word each
  set -- $(packages_of build test) libc6-dev libstdc++-12-dev
  arm64_folder root "$(printf '%s\n' "$@" | grep -e '-dev$' | grep -v '^libclang' | paste -sd,)"
}

arm64_tree() { echo "${PMON_BUILD_DIR:-$root/build}/arm64"; }

# build_arm64 TARGET…
build_arm64() {
  local target
  PMON_ARM64_ROOT=$(arm64_root)
  export PMON_ARM64_ROOT
  prepare_build "$(arm64_tree)"
  for target in "$@"; do build_tree "$(arm64_tree)" arm64 "$target"; done
}
