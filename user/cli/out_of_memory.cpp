// SPDX-License-Identifier: Apache-2.0
#include "cli/out_of_memory.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "cli/command.h"

namespace pmon::cli {

namespace {

constexpr std::string_view kNoMemory =
    "pmon: out of memory: nothing is watched any more (give it more: MemoryMax of its unit, its cgroup, ulimit -d and "
    "-v; or let it watch less)\n";
constexpr std::string_view kNoThread =
    "pmon: a thread cannot be started: nothing is watched any more (give it more: TasksMax and MemoryMax of its unit, "
    "its cgroup, ulimit -u, -d and -v)\n";

std::terminate_handler g_before = nullptr;

// No destructor can count on memory now.
[[noreturn]] void end_with(std::string_view message) {
  (void)!write(STDERR_FILENO, message.data(), message.size());
  _exit(kFailedRunning);
}

[[noreturn]] void end() {
  if (const std::exception_ptr thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
      end_with(kNoMemory);
    } catch (const std::system_error& error) {
      if (error.code() == std::errc::resource_unavailable_try_again) end_with(kNoThread);  // std::thread's
    } catch (...) {  // NOLINT(bugprone-empty-catch): abort(3) tells
    }
  }
  g_before();
  std::abort();
}

}  // namespace

void end_in_order_without_memory() { g_before = std::set_terminate(end); }

}  // namespace pmon::cli
