// SPDX-License-Identifier: Apache-2.0
#include "library/callback_output.h"

#include <cxxabi.h>

#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "export/json_output.h"

namespace pmon::library {

namespace {

class TextSink final : public Sink {
 public:
  [[nodiscard]] Result<Output::Reader> write(std::string_view text) override {
    text_ += text;
    return Output::Reader::kListening;
  }
  [[nodiscard]] std::string take_line() {
    while (text_.ends_with('\n')) text_.pop_back();
    return std::move(text_);
  }

 private:
  std::string text_;
};

std::string json_of(const AlertNotice& notice, const Evidence& evidence) {
  TextSink sink;
  JsonOutput output(sink);
  output.alert(notice, evidence);
  (void)output.flush();
  return sink.take_line();
}

std::map<std::string, std::string> to_map(const Labels& labels) { return {labels.begin(), labels.end()}; }

std::chrono::sys_time<std::chrono::milliseconds> to_time(Timestamp time) {
  return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time));
}

MonitorNotice::Level to_level(Notice::Level level) {
  switch (level) {
    case Notice::Level::kInfo: return MonitorNotice::Level::kInfo;
    case Notice::Level::kWarning: return MonitorNotice::Level::kWarning;
    case Notice::Level::kError: break;
  }
  return MonitorNotice::Level::kError;
}

// What was thrown, in words; absent where nothing was. A forced unwind has no object, which UBSan takes for an error.
[[gnu::no_sanitize("null")]] std::optional<std::string> thrown_by(const auto& call) {
  try {
    call();
    return std::nullopt;
  } catch (const std::exception& e) {
    return e.what();
  } catch (abi::__forced_unwind&) {  // pthread_exit(3), as Python has it at its end: nobody may stop that
    throw;
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

MonitorAlert to_alert(const AlertNotice& notice, const Evidence& evidence) {
  return {.firing = notice.state == AlertNotice::State::kFiring,
          .name = std::string(notice.labels.get("alertname")),
          .reason = notice.reason,
          .receiver = notice.receiver,
          .time = to_time(notice.time),
          .active_since = to_time(notice.active_since),
          .value = notice.value,
          .labels = to_map(notice.labels),
          .annotations = to_map(notice.annotations),
          .json = json_of(notice, evidence)};
}

MonitorAlert to_alert(const http::ActiveAlertView& view, Timestamp now) {
  AlertNotice notice;
  notice.reason = "active";
  notice.state = AlertNotice::State::kFiring;
  notice.time = now;
  notice.active_since = view.active_since;
  notice.value = view.value;
  notice.labels = view.labels;
  notice.annotations = view.annotations;
  return to_alert(notice, {});
}

void CallbackOutput::complain(const std::string& what) {
  if (complain_) complain_(what);
}

void CallbackOutput::alert(const AlertNotice& notice, const Evidence& evidence) {
  if (!on_alert_) return;
  const MonitorAlert alert = to_alert(notice, evidence);
  if (const auto thrown = thrown_by([&] { on_alert_(alert); })) {
    complain("on_alert did not take " + alert.name + ", it threw: " + *thrown);
  }
}

void CallbackOutput::notice(Timestamp /*time*/, const Notice& notice) {
  if (!on_notice_) return;
  const auto thrown = thrown_by([&] { on_notice_({to_level(notice.level), notice.code, notice.text}); });
  if (!thrown || std::exchange(notices_fail_, true)) return;
  complain("on_notice did not take '" + notice.code + "', it threw: " + *thrown);
}

}  // namespace pmon::library
