# SPDX-License-Identifier: Apache-2.0
# One page in mdoc(7) out of the table of packaging/describe, with what MORE adds to it:
#   awk -v page=pmon-run -v section=8 -v date='…' -v version=0.1.0 [-v more=run.mdoc] -f mdoc.awk pmon.tsv
# A page is of one command and of the commands of that command. MORE's text up to its first .Sh ends DESCRIPTION, its
# sections stand where mdoc has them.
BEGIN {
  FS = "\t"
  own = page
  sub(/^pmon-?/, "", own)
  gsub(/-/, " ", own)
  if (more != "") read_more()
}

# For roff: no control lines, no escapes, and hyphens and quotes that are those of a shell.
function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/'/, "\\(aq", text)
  gsub(/`/, "\\(ga", text)
  gsub(/\^/, "\\(ha", text)
  gsub(/~/, "\\(ti", text)
  if (text ~ /^[.]/) text = "\\&" text
  return text
}

# As a word of a macro's arguments.
function quoted(text) {
  text = escaped(text)
  gsub(/"/, "\\(dq", text)
  return "\"" text "\""
}

# Prose: a sentence a line.
function prose(text) {
  text = escaped(text)
  gsub(/[.] /, ".\n", text)
  return text
}

function read_more(   line, at) {
  at = "DESCRIPTION"
  while ((getline line < more) > 0) {
    if (line ~ /^\.\\"/) continue
    if (line ~ /^\.Sh /) { at = substr(line, 5); continue }
    added[at] = added[at] line "\n"
  }
  close(more)
}

function is_mine(name) { return name == own || (own != "" && index(name, own " ") == 1) }

$1 == "command" && $2 == own { summary = $3 }
$1 == "command" && own == "" && $2 !~ / / { commands[++command_count] = $2; summary_of[$2] = $3 }
!is_mine($2) { next }
$1 == "lead" { order[++count] = $2; lead[$2] = $3 }
$1 == "usage" { usage[$2] = $3 }
$1 == "operand" {
  operands[$2] = operands[$2] sprintf(".It Ar %s\n%s\n", quoted($3), prose($5))
  operand[$2] = $3
  if ($4 !~ /required/) operand_optional[$2] = 1
}
$1 == "option" {
  if ($3 != group[$2]) {
    group[$2] = $3
    options[$2] = options[$2] (options[$2] == "" ? "" : ".El\n") (tolower($3) == "options" ? "" : ".Pp\n" prose($3) ":\n") \
                  ".Bl -tag -width Ds\n"
  }
  heads = ""
  for (i = 4; i <= 5; i++) {
    if ($i != "") heads = heads (heads == "" ? "" : " , ") "Fl " quoted(substr($i, 2)) ($6 == "" ? "" : " Ar " quoted($6))
  }
  options[$2] = options[$2] ".It " heads "\n" prose($8) ".\n" ($7 ~ /required/ ? "Required.\n" : "")
}
$1 == "footer" {
  if ($3 ~ /^Examples?:$/) { part = "examples"; next }
  if ($3 ~ /^Exit status:/) { part = "status" }
  else if ($3 == "") { if (part == "examples" && examples[$2] != "") examples[$2] = examples[$2] "\n"; else part = "text"; next }
  else if (part == "" || last_name != $2) part = "text"
  else if (part == "examples" && $3 !~ /^  /) part = "text"
  last_name = $2
  if (part == "examples") { line = $3; sub(/^  /, "", line); examples[$2] = examples[$2] escaped(line) "\n" }
  else if (part == "status") status = status " " $3
  else text[$2] = text[$2] $3 " "
}

# "Exit status: 0 ended as asked, 1 failed, 10 an alert fired." as a list.
function status_list(   items, n, i, code) {
  if (status == "") status = "0 ended as asked, 1 failed while running, 2 bad words or files, 3 not permitted or not supported here."
  sub(/^ *Exit status: /, "", status)
  sub(/[.] *$/, "", status)
  n = split(status, items, /, /)
  print ".Bl -tag -width Ds"
  for (i = 1; i <= n; i++) {
    while (i < n && items[i + 1] !~ /^[0-9]/) { items[i + 1] = items[i] ", " items[i + 1]; i++ }
    code = items[i]
    sub(/ .*/, "", code)
    print ".It " code "\n" escaped(substr(items[i], length(code) + 2)) "."
  }
  print ".El"
}

function section_of(name) { return name == "run" ? 8 : 1 }

function extra(name) { if (name in added) printf ".Sh %s\n%s", name, added[name] }

# "pmon watch [OPTION...] [-- CMD ARG...]"
function synopsis(name,   rest) {
  print ".Nm pmon" (name == "" ? "" : " " name)
  if (name == "") { print ".Ar command\n.Op Ar option ..."; return }
  if (name == own && count > 1) { print ".Ar command\n.Op Ar option ..."; return }
  print ".Op Ar option ..."
  if (name in operand) print (operand_optional[name] ? ".Op Ar " : ".Ar ") quoted(operand[name]) " ..."
  if (usage[name] ~ /-- CMD/) print ".Op Fl \\&- Ar command Ar argument ..."
}

# By section and name, as is usual.
function see_also(text,   lines, n, i, j, field, key, swap) {
  n = split(text, lines, /\n/) - 1
  for (i = 1; i <= n; i++) {
    split(lines[i], field, " ")
    lines[i] = ".Xr " field[2] " " field[3]
    key[i] = field[3] " " field[2]
    for (j = i; j > 1 && key[j] < key[j - 1]; j--) {
      swap = key[j]; key[j] = key[j - 1]; key[j - 1] = swap
      swap = lines[j]; lines[j] = lines[j - 1]; lines[j - 1] = swap
    }
  }
  for (i = 1; i <= n; i++) print lines[i] (i < n ? " ," : "")
}

END {
  if (count == 0) { print "mdoc.awk: no command '" own "'" > "/dev/stderr"; exit 1 }
  if (own == "") summary = "watch processes through the kernel and tell when one misbehaves"
  printf ".Dd %s\n.Dt %s %s\n.Os pmon %s\n", date, toupper(page), section, version
  printf ".Sh NAME\n.Nm %s\n.Nd %s\n", page, escaped(tolower(substr(summary, 1, 1)) substr(summary, 2))
  print ".Sh SYNOPSIS"
  for (k = 1; k <= count; k++) synopsis(order[k])
  print ".Sh DESCRIPTION"
  for (k = 1; k <= count; k++) {
    name = order[k]
    if (k > 1) print ".Ss pmon " name
    print prose(lead[name])
    if (name == "" ) {
      print ".Pp\nIts commands are:\n.Bl -tag -width silence"
      for (i = 1; i <= command_count; i++) {
        printf ".It Cm %s\n%s; see\n.Xr pmon-%s %s .\n", commands[i], escaped(summary_of[commands[i]]), commands[i],
               section_of(commands[i])
      }
      print ".El"
    }
    if (operands[name] != "") printf ".Bl -tag -width Ds\n%s.El\n", operands[name]
    if (options[name] != "") printf ".Pp\nOptions are:\n%s.El\n", options[name]
    if (text[name] != "" && name != "") { sub(/ +$/, "", text[name]); print ".Pp\n" prose(text[name]) }
    if (k == 1) printf "%s", added["DESCRIPTION"]
  }
  extra("ENVIRONMENT")
  extra("FILES")
  print ".Sh EXIT STATUS"
  status_list()
  shown = ""
  for (k = 1; k <= count; k++) shown = shown examples[order[k]]
  sub(/\n+$/, "\n", shown)
  if (shown != "") printf ".Sh EXAMPLES\n.Bd -literal\n%s.Ed\n%s", shown, added["EXAMPLES"]; else extra("EXAMPLES")
  extra("DIAGNOSTICS")
  print ".Sh SEE ALSO"
  see_also((own == "" ? "" : ".Xr pmon 1\n") added["SEE ALSO"])
  extra("CAVEATS")
  extra("SECURITY CONSIDERATIONS")
}
