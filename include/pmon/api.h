// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the shared library lets others see.
#define PMON_API __attribute__((visibility("default")))
