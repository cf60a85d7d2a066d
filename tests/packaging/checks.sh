# SPDX-License-Identifier: Apache-2.0
# What the scripts here say of what they try. bash; each ends with `finish`.
# shellcheck shell=bash disable=SC2034,SC2015
set -u
failures=0
place=$(mktemp -d)

check() { # check WHAT COMMAND…
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what" && failures=$((failures + 1)); fi
}
is() { [ "$1" = "$2" ] || { echo "  '$1' is not '$2'" && false; }; }
has() { case $1 in *"$2"*) ;; *) echo "  no '$2' in '$1'" && false ;; esac }
silent() { # silent COMMAND…: it succeeds and has nothing to say
  local said
  said=$("$@" 2>&1) && [ -z "$said" ] || { echo "  $said" && false; }
}
# eventually COMMAND…: it succeeds within ten seconds.
eventually() {
  local deadline=$((SECONDS + 10))
  until "$@" >/dev/null 2>&1; do ((SECONDS < deadline)) || { echo "  never: $*" && return 1; }; sleep 0.05; done
}
skip() { echo "SKIPPED: $1" && exit 77; }
needs() { for program; do [ -n "$(type -P "$program")" ] || skip "$program is not installed"; done; }
finish() { [ "$failures" = 0 ] || { echo "$failures FAILED" && exit 1; }; }
