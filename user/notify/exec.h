// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/surroundings.h"

namespace pmon::notify {

struct ExecOptions {
  std::vector<std::string> command;  // the program's path and its words; no shell
  std::chrono::milliseconds timeout{10000};
  std::map<std::string, std::string> environment;
};

// The program's environment, "NAME=value" each: PATH, HOME, LANG and TZ of pmon's own, the notification as PMON_…,
// then what the options say. Secrets that pmon itself got by its environment are not among them.
[[nodiscard]] std::vector<std::string> exec_environment(const Notification& notification, const ExecOptions& options,
                                                        const Surroundings& surroundings);

// A program that is started for each notification, which it finds as JSON on its standard input. Exit status 0 is
// delivered, 75 (sysexits.h: EX_TEMPFAIL) tries again later, so does the time limit; any other is final.
class ExecNotifier : public Notifier {
 public:
  ExecNotifier(ExecOptions options, const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "exec"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  ExecOptions options_;
  Surroundings surroundings_;
};

[[nodiscard]] MakeNotifier read_exec(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
