// SPDX-License-Identifier: Apache-2.0
#pragma once

// The generated skeleton names types of abi.h without including it.
#include "pmon/abi.h"
#include "pmon_bpf.skel.h"
