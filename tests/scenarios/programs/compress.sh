#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Healthy: a job that keeps a core busy, and is done after SECONDS; then nothing.
timeout "$1" xz -T1 -6 </dev/urandom >/dev/null
sleep 100
