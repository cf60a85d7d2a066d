# SPDX-License-Identifier: Apache-2.0
"""The daemon over a long time, with every sink on and processes that come and go: scripts/soak."""
