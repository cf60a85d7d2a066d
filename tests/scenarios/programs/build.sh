#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Healthy: a build that starts processes as fast as two CPUs can: a configure script's many small commands, then make
# over small files, a shell, driver, compiler and assembler for each. Word: seconds.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >configure <<'SCRIPT'
#!/bin/sh
i=0
while [ $i -lt 2000 ]; do
  name=$(echo "have function $i" | sed 's/[^a-z0-9_]/_/g')
  expr "$name" : have >/dev/null
  i=$((i + 1))
done
SCRIPT
chmod +x configure
cat >Makefile <<'RULES'
.PHONY: all
all: $(patsubst %,%.o,$(shell seq 300))
%.o: ; @gcc -c -x c -o $@ empty.c && rm $@
RULES
echo 'int x;' >empty.c
end=$((SECONDS + $1))
while [ "$SECONDS" -lt "$end" ]; do
  ./configure
  make -s -j4 all
done
