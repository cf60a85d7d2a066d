// SPDX-License-Identifier: Apache-2.0
#include "http/host.h"

namespace pmon::http {

std::optional<ProcessOrder> process_order_of(std::string_view word) {
  if (word == "cpu") return ProcessOrder::kCpu;
  if (word == "memory") return ProcessOrder::kMemory;
  if (word == "threads") return ProcessOrder::kThreads;
  if (word == "faults") return ProcessOrder::kFaults;
  if (word == "pid") return ProcessOrder::kPid;
  return std::nullopt;
}

}  // namespace pmon::http
