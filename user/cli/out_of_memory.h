// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pmon::cli {

// From now on memory that is not to be had, or a thread, in whichever thread of the program, ends it with a message and
// status 1 instead of a crash. Other exceptions that nobody catches abort as before: those are mistakes.
void end_in_order_without_memory();

}  // namespace pmon::cli
