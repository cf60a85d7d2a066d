// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "export/output.h"
#include "export/sink.h"

namespace pmon {

// One JSON object a line, as promised in docs/output.md. Counts and bytes are integers where they are
// whole; what is not known is absent; a number that JSON has no word for is the string "NaN", "+Inf" or
// "-Inf". Text that is not UTF-8 has U+FFFD for each bad byte.
class JsonOutput : public Output {
 public:
  // The sink must outlive the output.
  explicit JsonOutput(Sink& sink) : sink_(sink) {}

  void alert(const AlertNotice& notice, const Evidence& evidence) override;
  void sample(Timestamp time, const ProcessSample& process, std::optional<double> interval_seconds) override;
  void exit(Timestamp time, const ProcessSample& process) override;
  void event(Timestamp time, const LifecycleEvent& event) override;
  void notice(Timestamp time, const Notice& notice) override;
  void status(const WatchStatus& status) override;  // nothing: a program reads this
  void summary(const WatchSummary& summary) override;
  [[nodiscard]] Result<Reader> flush() override;
  [[nodiscard]] std::uint64_t take_lost_lines() override { return sink_.take_lost_lines(); }

 private:
  Sink& sink_;
  std::string buffer_;
};

}  // namespace pmon
