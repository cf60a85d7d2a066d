#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Healthy: redis fills a cache of 150 MB in some 40 seconds, and stops there. Word: seconds.
folder=$(mktemp -d)
redis-server --port 0 --unixsocket "$folder/socket" --save '' --maxmemory 150mb --maxmemory-policy allkeys-lru \
  --dir "$folder" >/dev/null &
server=$!
until redis-cli -s "$folder/socket" ping >/dev/null 2>&1; do sleep 0.1; done
for ((i = 0; i < 50; ++i)); do
  redis-benchmark -s "$folder/socket" -q -t set -r 100000000 -d 1000 -n 4000 -P 16 >/dev/null
  sleep 0.7
done
sleep "$(($1 - 50))"
kill "$server"
wait
rm -rf "$folder"
