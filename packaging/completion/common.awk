# SPDX-License-Identifier: Apache-2.0
# The table of packaging/describe, then the output of `pmon run --keys`, for those who write completions of it.
BEGIN { FS = "\t" }

$1 == "command" { names[++name_count] = $2; summary[$2] = $3 }
$1 == "usage" && $3 ~ /-- CMD/ { runs_command[$2] = 1 }
$1 == "operand" { operand[$2] = $3 }
$1 == "option" {
  n = ++options[$2]
  short[$2, n] = $4
  long[$2, n] = $5
  value[$2, n] = $6
  repeats[$2, n] = $7 ~ /repeat/
  help[$2, n] = $8
}
/^[|] `/ { split($0, field, "`"); keys = keys (keys == "" ? "" : " ") field[2] "=" }

# What completes the value of the i-th option of a command: "" (takes none), "file", "folder", "pid", "process", "unit",
# "cgroup", "any", or "one of" with the words.
function kind(name, i,   form) {
  form = value[name, i]
  if (form == "") return ""
  if (form == "LEVEL") form = "trace|debug|info|warn|error|off"
  if (form == "KEY=VALUE") return "one of " keys
  if (form ~ /[|]/) { gsub(/[|]/, " ", form); return "one of " form }
  if (form == "FILE" || form == "PATH.prom") return "file"
  if (form == "DIR") return "folder"
  if (form == "PATH") return "cgroup"
  if (form == "UNIT") return "unit"
  if (form == "REGEX") return "process"
  if (long[name, i] == "--pid") return "pid"
  return "any"
}

# The same for operands.
function operand_kind(name) {
  if (operand[name] == "FILE") return "file"
  if (operand[name] == "ID") return "silence"
  return operand[name] == "" ? "" : "any"
}

# Commands of a command, "" for those of pmon, with a blank between them.
function commands_of(name,   i, list, word) {
  for (i = 1; i <= name_count; i++) {
    word = names[i]
    if (name != "" && !sub("^" name " ", "", word)) continue
    if (word ~ / /) continue
    list = list (list == "" ? "" : " ") word
  }
  return list
}
