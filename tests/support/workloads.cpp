// SPDX-License-Identifier: Apache-2.0
#include "support/workloads.h"

#include <stdexcept>

namespace pmon::test {

namespace {

constexpr Milliseconds kPatience(60'000);

std::vector<std::string> command(std::string_view name, const std::vector<std::string>& words) {
  std::vector<std::string> argv{workload(name), "--step"};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

}  // namespace

std::string workload(std::string_view name) { return PMON_WORKLOAD_DIR "/workload_" + std::string(name); }

SteppedWorkload::SteppedWorkload(std::string_view name, const std::vector<std::string>& words)
    : child_(command(name, words)) {}

nlohmann::json SteppedWorkload::wait_for(std::string_view event) {
  const std::string start = "{\"event\":\"" + std::string(event) + "\"";
  if (!child_.wait_for_out(start, kPatience) || !child_.wait_for_out("\n", kPatience)) {
    throw std::runtime_error("the workload did not tell '" + std::string(event) + "': " + child_.out() + child_.err());
  }
  const std::size_t begin = child_.out().find(start, read_);
  const std::size_t end = child_.out().find('\n', begin);
  read_ = end;
  return nlohmann::json::parse(child_.out().substr(begin, end - begin));
}

nlohmann::json SteppedWorkload::work() {
  wait_for("ready");
  go_on();
  return wait_for("done");
}

int SteppedWorkload::end() {
  child_.close_stdin();
  const std::optional<int> status = child_.wait(kPatience);
  if (!status) throw std::runtime_error("the workload did not end");
  return *status;
}

}  // namespace pmon::test
