# SPDX-License-Identifier: Apache-2.0
# What scripts/vm-test boots: Debian's kernels, and an initramfs with programs and their libraries. Needs scripts/lib.sh
# and scripts/lib-arm64.sh.
# shellcheck shell=bash disable=SC2154

# The Debian package that always depends on the newest kernel of a series.
meta_package() {
  case $1 in
    6.1-cloud) echo linux-image-cloud-amd64 ;;
    6.1-rt) echo linux-image-rt-amd64 ;;
    6.12-cloud) echo linux-image-6.12-cloud-amd64 ;;
    6.12-rt) echo linux-image-6.12-rt-amd64 ;;
    6.1-arm64) echo linux-image-cloud-arm64 ;;
    6.12-arm64) echo linux-image-6.12-cloud-arm64 ;;
    *) die 2 "unknown kernel '$1'" "choose from: $all_kernels $arm64_kernels" ;;
  esac
}

newest_kernel() {
  apt-cache depends --important "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1
}

# fetch_kernel KERNEL: prints the path of its vmlinuz, downloaded once and kept.
fetch_kernel() {
  local meta package folder
  meta=$(meta_package "$1")
  case $1 in
    *-arm64)
      folder=$(arm64_folder "$meta" "$meta")
      echo "$folder"/boot/vmlinuz-*
      return ;;
  esac
  package=$(newest_kernel "$meta")
  if [ -z "$package" ]; then
    apt_get update >&2 || true
    package=$(newest_kernel "$meta")
  fi
  [ -n "$package" ] || die 3 "no package $meta in the configured archives" "add Debian 12's 'main' and security archives to apt's sources"
  folder=$(cache_folder)/kernels
  mkdir -p "$folder"
  (
    flock 9
    [ ! -s "$folder/$package" ] || exit 0
    unpack_kernel "$package" "$folder/$package"
  ) 9>"$folder/lock"
  echo "$folder/$package"
}

unpack_kernel() {
  local scratch
  say "downloading $1"
  scratch=$(mktemp -d)
  download_package "$1" "$scratch"
  dpkg-deb --fsys-tarfile "$scratch"/*.deb | tar -xO --wildcards './boot/vmlinuz-*' >"$2.new"
  mv "$2.new" "$2"
  rm -rf "$scratch"
}

# copy_program STAGE FILE: to the same path under STAGE, with the libraries that ldd names.
copy_program() {
  local file
  # cp wants real folders: a library may be named through a link to one.
  for file in "$2" $(ldd "$2" 2>/dev/null | grep -oE '/[^ ]+'); do
    mkdir -p "$1${file%/*}"
    cp -L --no-preserve=ownership "$file" "$1$file"
  done
}

# copy_arm64_libraries STAGE FILE: what FILE needs and what that needs in turn, to STAGE's /lib.
copy_arm64_libraries() {
  local name path
  for name in $(readelf -d "$2" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
    [ ! -e "$1/lib/$name" ] || continue
    path=$(find "$(arm64_root)"/{lib,usr/lib} -name "$name" -print -quit)
    [ -n "$path" ] || die 3 "$2 needs $name, which is not among Debian's packages that pmon is built with"
    mkdir -p "$1/lib"
    cp -L --no-preserve=ownership "$path" "$1/lib/$name"
    copy_arm64_libraries "$1" "$path"
  done
}

# make_initramfs OUTPUT ARCHITECTURE COMMAND PROGRAM…
make_initramfs() {
  local output=$1 architecture=$2 command=$3 stage program busybox
  shift 3
  stage=$(mktemp -d)
  chmod 755 "$stage"
  mkdir -p "$stage/bin" "$stage/vm"
  install -m 755 "$root/tests/vm/init" "$stage/init"
  printf '%s\n' "$command" >"$stage/vm/command"
  busybox=$(command -v busybox)
  [ "$architecture" != arm64 ] || busybox=$(arm64_folder busybox busybox-static)/bin/busybox
  cp "$busybox" "$stage/bin/busybox"
  for program in "$@"; do
    copy_program "$stage" "$program"
    [ "$architecture" != arm64 ] || copy_arm64_libraries "$stage" "$program"
  done
  (cd "$stage" && find . | cpio -o -H newc --quiet | gzip -1) >"$output"
  rm -rf "$stage"
}
