# SPDX-License-Identifier: Apache-2.0
"""pmon beside the tools that people run for the same end, on one host in one run: scripts/bench-peers."""
