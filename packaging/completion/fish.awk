# SPDX-License-Identifier: Apache-2.0
# pmon.fish out of what common.awk read; -v template=pmon.fish.in
function quoted(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/'/, "\\'", text)
  return "'" text "'"
}

# Whether a command is the one being written.
function condition(name) { return quoted("_pmon_is " name) }

function arguments(what) {
  if (what == "") return ""
  if (what == "any") return " -x"
  if (what == "file") return " -r -F"
  if (what == "folder") return " -x -a '(__fish_complete_directories)'"
  if (what ~ /^one of /) return " -x -a " quoted(substr(what, 8))
  return " -x -a '(_pmon_" what ")'"
}

function print_options(name,   k) {
  for (k = 1; k <= options[name]; k++) {
    printf "complete -c pmon -n %s%s -l %s%s -d %s\n", condition(name),
           (short[name, k] == "" ? "" : " -s " substr(short[name, k], 2)), substr(long[name, k], 3),
           arguments(kind(name, k)), quoted(help[name, k])
  }
  if (operand_kind(name) == "file" || runs_command[name]) printf "complete -c pmon -n %s -F\n", condition(name)
  if (operand_kind(name) == "silence") printf "complete -c pmon -n %s -f -a '(_pmon_silence)'\n", condition(name)
}

END {
  while ((getline line < template) > 0) print line
  for (i = 1; i <= name_count; i++) {
    name = names[i]
    last = name
    sub(/^.* /, "", last)
    above = name
    if (!sub(/ [a-z]+$/, "", above)) above = ""
    printf "complete -c pmon -n %s -a %s -d %s\n", condition(above), last, quoted(summary[name])
    if (above == "") printf "complete -c pmon -n '_pmon_is help' -a %s -d %s\n", last, quoted(summary[name])
  }
  for (i = 1; i <= name_count; i++) print_options(names[i])
}
