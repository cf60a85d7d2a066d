// SPDX-License-Identifier: Apache-2.0
#include "collect/kernel_facts.h"

#include <gtest/gtest.h>

namespace pmon {
namespace {

TEST(ChargesUnderSleepingLocks, AreThoseOfRealTimeKernelsBefore6_4) {
  constexpr const char* kRealTime = "#1 SMP PREEMPT_RT Debian 6.1.192-3 (2026-09-01)";
  EXPECT_TRUE(charges_under_sleeping_locks("6.1.0-57-rt-amd64", kRealTime));
  EXPECT_TRUE(charges_under_sleeping_locks("5.15.0-rt17", kRealTime));
  EXPECT_FALSE(charges_under_sleeping_locks("6.12.117+deb12-rt-amd64", kRealTime));
  EXPECT_FALSE(charges_under_sleeping_locks("6.4.0-rt6", kRealTime));
  EXPECT_FALSE(charges_under_sleeping_locks("6.1.0-57-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3"));
  EXPECT_FALSE(charges_under_sleeping_locks("unknown", kRealTime));
}

}  // namespace
}  // namespace pmon
