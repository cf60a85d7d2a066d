# SPDX-License-Identifier: Apache-2.0
# pmon.yaml(5) in mdoc(7) out of `pmon run --keys`, a table of key, form, default, variable and meaning:
#   pmon run --keys | awk -v date='…' -v version=0.1.0 -v more=pmon.yaml.mdoc -f keys.awk
BEGIN {
  FS = " [|] "
  printf ".Dd %s\n.Dt PMON.YAML 5\n.Os pmon %s\n", date, version
  print ".Sh NAME\n.Nm pmon.yaml\n.Nd configuration of the pmon daemon"
  print ".Sh DESCRIPTION"
  while ((getline line < more) > 0) if (line !~ /^\.\\"/) print line
  print ".Sh KEYS\n.Bl -tag -width Ds"
}

function escaped(text) {
  gsub(/`/, "", text)
  gsub(/^[|] | [|]$/, "", text)
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/'/, "\\(aq", text)
  gsub(/"/, "\\(dq", text)
  return text
}

NR > 2 {
  printf ".It Cm %s : Ar \"%s\"\n%s.\n.br\nDefault: %s.\nVariable:\n.Ev %s\n", escaped($1), escaped($2), escaped($5), escaped($3),
         escaped($4)
}

END {
  print ".El\n.Sh FILES\n.Pa /etc/pmon/pmon.yaml"
  print ".Sh EXAMPLES\n.Bd -literal"
  print "collect:\n  interval: 5s\n  names: [nginx, redis\\-server]"
  print "rules:\n  files: [/etc/pmon/rules/*.yml]"
  print "export:\n  influxdb:\n    \\- url: http://influx.example:8086\n      database: pmon\n      password: file:/etc/pmon/influx.password"
  print ".Ed\n.Sh SEE ALSO\n.Xr pmon-check 1 ,\n.Xr pmon-run 8"
}
