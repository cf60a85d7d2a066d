// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "export/output.h"
#include "export/sink.h"

namespace pmon {

// Text for people, within 80 columns: what happened starts a line with its time, and what belongs to
// it follows indented. Nothing that a process calls itself can start a line, move the cursor or colour
// the screen. On a terminal the last line is the present state, rewritten in place.
class TextOutput : public Output {
 public:
  // The sink must outlive the output.
  TextOutput(Sink& sink, bool colour) : sink_(sink), colour_(colour) {}
  TextOutput(const TextOutput&) = delete;
  TextOutput& operator=(const TextOutput&) = delete;
  // Clears the status line where one is still shown.
  ~TextOutput() override;

  void alert(const AlertNotice& notice, const Evidence& evidence) override;
  void sample(Timestamp time, const ProcessSample& process, std::optional<double> interval_seconds) override;
  void exit(Timestamp time, const ProcessSample& process) override;
  void event(Timestamp time, const LifecycleEvent& event) override;
  void notice(Timestamp time, const Notice& notice) override;
  void status(const WatchStatus& status) override;
  void summary(const WatchSummary& summary) override;
  [[nodiscard]] Result<Reader> flush() override;
  [[nodiscard]] std::uint64_t take_lost_lines() override { return sink_.take_lost_lines(); }

 private:
  enum class Colour { kNone, kRed, kGreen, kYellow };
  // Whether one more line about the coming or going of a process is shown before the next flush.
  [[nodiscard]] bool shows_lifecycle(Timestamp time);
  // "time WORD  rest"
  void line(Timestamp time, std::string_view word, Colour colour, std::string_view rest);
  [[nodiscard]] std::string painted(std::string_view text, Colour colour) const;

  Sink& sink_;
  bool colour_;
  std::string buffer_;
  std::string status_;
  bool status_shown_ = false;
  // Since the last flush: lines shown about processes that come and go, and those left out.
  std::size_t lifecycle_lines_ = 0;
  std::size_t more_execs_ = 0;
  std::size_t more_exits_ = 0;
  std::size_t more_killed_ = 0;  // of those exits, by a signal
  Timestamp more_time_ = 0;
  std::map<ProcessKey, MetricValues> before_;  // last samples, for rates; entries go with the exit
};

}  // namespace pmon
