#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A supervisor that starts a program again each EVERY seconds, for SECONDS; it ends with an error each time.
end=$((SECONDS + $1))
while [ "$SECONDS" -lt "$end" ]; do
  /usr/bin/python3 -c 'import time; time.sleep(1); raise SystemExit("no configuration")' 2>/dev/null
  sleep "$(($2 - 1))"
done
