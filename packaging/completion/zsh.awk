# SPDX-License-Identifier: Apache-2.0
# _pmon for zsh out of what common.awk read; -v template=pmon.zsh.in
function quoted(text) {
  gsub(/'/, "'\\''", text)
  return "'" text "'"
}

# In a specification of _arguments brackets and colons mean something.
function plain(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/:/, "\\:", text)
  gsub(/\[/, "\\[", text)
  gsub(/\]/, "\\]", text)
  return text
}

function action(what) {
  if (what == "") return ""
  if (what == "any") return " "
  if (what == "file") return "_files"
  if (what == "folder") return "_files -/"
  if (what == "pid") return "_pids"
  if (what ~ /^one of .*=$/) return "compadd -S \"\" -- " substr(what, 8)
  if (what ~ /^one of /) return "(" substr(what, 8) ")"
  return "_pmon_" what
}

function print_option(name, k,   what, about, star, alone) {
  what = kind(name, k)
  about = "[" plain(help[name, k]) "]" (what == "" ? "" : ":" plain(tolower(value[name, k])) ":" action(what))
  star = repeats[name, k] ? "*" : ""
  alone = (star != "" || short[name, k] == "") ? "" : "(" short[name, k] " " long[name, k] ")"
  if (short[name, k] != "") printf "      %s\n", quoted(alone star short[name, k] (what == "" ? "" : "+") about)
  printf "      %s\n", quoted(alone star long[name, k] (what == "" ? "" : "=") about)
}

function print_command(name,   k, what) {
  printf "    %s)\n      arguments=(\n", quoted(name)
  for (k = 1; k <= options[name]; k++) print_option(name, k)
  what = operand_kind(name)
  if (what != "") printf "      %s\n", quoted("*:" tolower(operand[name]) ":" action(what))
  if (runs_command[name]) printf "      %s\n", quoted("*::command:_normal")
  print "      ) ;;"
}

function print_descriptions(above,   i, word) {
  for (i = 1; i <= name_count; i++) {
    word = names[i]
    if (above == "" ? word ~ / / : !sub("^" above " ", "", word)) continue
    printf "    %s\n", quoted(word ":" summary[names[i]])
  }
}

END {
  while ((getline line < template) > 0) {
    if (line == "@commands@") print_descriptions("")
    else if (line == "@silence@") print_descriptions("silence")
    else if (line == "@arguments@") { for (i = 1; i <= name_count; i++) print_command(names[i]) }
    else print line
  }
}
