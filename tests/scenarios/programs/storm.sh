#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sick: a supervisor that starts a program again and again that crashes. Word: seconds.
end=$((SECONDS + $1))
while [ "$SECONDS" -lt "$end" ]; do
  bash -c 'kill -SEGV $$' 2>/dev/null
  sleep 0.4
done
