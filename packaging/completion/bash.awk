# SPDX-License-Identifier: Apache-2.0
# pmon.bash out of what common.awk read; -v template=pmon.bash.in
function print_words(   i, k, name, list) {
  for (i = 1; i <= name_count; i++) {
    name = names[i]
    list = commands_of(name)
    for (k = 1; k <= options[name]; k++) list = list (list == "" ? "" : " ") long[name, k]
    printf "    '%s') words='%s' operand=%s ;;\n", name, list, operand_kind(name)
  }
}

function print_values(   i, k, name, what) {
  for (i = 1; i <= name_count; i++) {
    name = names[i]
    for (k = 1; k <= options[name]; k++) {
      what = kind(name, k)
      if (what == "") continue
      printf "    '%s %s'%s) _pmon_value '%s' ;;\n", name, long[name, k],
             (short[name, k] == "" ? "" : " | '" name " " short[name, k] "'"), what
    }
  }
}

function running(   i, list) {
  for (i = 1; i <= name_count; i++) if (runs_command[names[i]]) list = list (list == "" ? "" : "|") names[i]
  return list
}

END {
  while ((getline line < template) > 0) {
    if (line == "@words@") { print_words(); continue }
    if (line == "@values@") { print_values(); continue }
    gsub(/@commands@/, commands_of(""), line)
    gsub(/@running@/, running(), line)
    print line
  }
}
