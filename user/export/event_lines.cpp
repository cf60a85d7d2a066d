// SPDX-License-Identifier: Apache-2.0
#include "export/event_lines.h"

#include <utility>

#include "export/json_output.h"
#include "export/sink.h"

namespace pmon {

namespace {

class LineSink : public Sink {
 public:
  Result<Output::Reader> write(std::string_view text) override {
    line = text.substr(0, text.find('\n'));
    return Output::Reader::kListening;
  }
  std::string line;
};

// What an Output of JSON writes when `tell` tells it something.
template <typename Tell>
std::string json_of(const Tell& tell) {
  LineSink sink;
  JsonOutput output(sink);
  tell(output);
  (void)output.flush();
  return std::move(sink.line);
}

}  // namespace

EventKinds EventKinds::all() {
  EventKinds all;
  all.bits_.set();
  return all;
}

bool EventLines::has_room() {
  if (lifecycle_++ < kMostLifecycle) return true;
  ++left_out_;
  return false;
}

void EventLines::alert(const AlertNotice& notice, const Evidence& evidence) {
  if (!kinds_.has(EventKind::kAlert)) return;
  lines_.push_back({EventKind::kAlert, notice.time, std::string(notice.labels.get("severity")),
                    std::string(notice.labels.get("alertname")),
                    json_of([&](Output& output) { output.alert(notice, evidence); })});
}

void EventLines::exit(Timestamp time, const ProcessSample& process) {
  if (!kinds_.has(EventKind::kExit) || !has_room()) return;
  lines_.push_back({EventKind::kExit, time, {}, {}, json_of([&](Output& output) { output.exit(time, process); })});
}

void EventLines::event(Timestamp time, const LifecycleEvent& event) {
  const bool killed = event.kind == LifecycleEvent::Kind::kOomKill;
  const EventKind kind = killed ? EventKind::kOomKill : EventKind::kExec;
  if (!kinds_.has(kind) || (!killed && !has_room())) return;
  lines_.push_back({kind, time, {}, {}, json_of([&](Output& output) { output.event(time, event); })});
}

void EventLines::notice(Timestamp time, const Notice& notice) {
  if (!kinds_.has(EventKind::kNotice)) return;
  lines_.push_back({EventKind::kNotice, time, {}, {}, json_of([&](Output& output) { output.notice(time, notice); })});
}

std::vector<EventLine> EventLines::take() {
  lifecycle_ = 0;
  return std::exchange(lines_, {});
}

}  // namespace pmon
