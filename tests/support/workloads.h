// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/child.h"

namespace pmon::test {

// The path of workload_NAME.
[[nodiscard]] std::string workload(std::string_view name);

// A workload that waits at its steps (tests/workloads/workload.h). A step that does not come within a minute
// throws std::runtime_error.
class SteppedWorkload {
 public:
  SteppedWorkload(std::string_view name, const std::vector<std::string>& words);

  pid_t pid() const { return child_.pid(); }
  Child& child() { return child_; }

  // Until it tells `event`; where it waits then, until go_on(). What it told.
  nlohmann::json wait_for(std::string_view event);
  void go_on() { child_.write("\n"); }
  // The shortest use: waits for "ready", lets it work, returns what it did; it is alive still and waits.
  nlohmann::json work();
  // Lets it end; its status as Child::wait() tells it.
  int end();

 private:
  Child child_;
  std::size_t read_ = 0;  // of the child's output
};

}  // namespace pmon::test
