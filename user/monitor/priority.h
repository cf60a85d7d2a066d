// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pmon::monitor {

// Lets the calling thread have its turn soon on a host whose CPUs are all busy: nice -5 where it is 0 and the kernel
// permits it. A user's own nice stays. Threads and programs that it starts from now on are at 0 again.
void prefer_this_thread();

}  // namespace pmon::monitor
