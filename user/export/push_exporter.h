// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "export/encoded.h"
#include "export/event_lines.h"
#include "export/exporter.h"
#include "export/reducer.h"

namespace pmon {

// What one kind of sink makes of windows and events. Pure; one thread.
class Encoder {
 public:
  virtual ~Encoder() = default;
  [[nodiscard]] virtual Encoded window(const Window& /*window*/) const { return {}; }
  [[nodiscard]] virtual Encoded events(std::span<const EventLine> /*events*/) const { return {}; }
};

// Pushes windows of metrics, events, or both: reduces, has them encoded, and hands the bodies to its queue.
//
// Its status is the queue's; what could not be encoded is counted as dropped there: values that the format has no word
// for ("not_finite"), exits and execs that were too many in one tick ("too_many_events").
class PushExporter : public Exporter {
 public:
  struct Parts {
    std::optional<ReducerOptions> metrics;  // absent: none
    EventKinds events;
    std::unique_ptr<Encoder> encoder;
    std::shared_ptr<delivery::Queue> fallback;  // takes what `queue` drops, where it is there; outlives it
    std::unique_ptr<delivery::Queue> queue;
  };
  explicit PushExporter(Parts parts);

  [[nodiscard]] bool wants_metrics() const override { return reducer_.has_value(); }
  void metrics(Timestamp time, std::span<const exposition::Family> families) override;
  void alert(const AlertNotice& notice, const Evidence& evidence) override { events_.alert(notice, evidence); }
  void exit(Timestamp time, const ProcessSample& process) override { events_.exit(time, process); }
  void event(Timestamp time, const LifecycleEvent& event) override { events_.event(time, event); }
  void notice(Timestamp time, const Notice& notice) override { events_.notice(time, notice); }
  void flush(Timestamp time) override;
  [[nodiscard]] const delivery::Queue& queue() const override { return *queue_; }
  [[nodiscard]] Legacy retire(Timestamp time) override;
  void take_over(Legacy legacy) override;
  void stop(Timestamp time, delivery::Deadline deadline) override;
  [[nodiscard]] std::optional<delivery::QueueStatus> status() const override;

 private:
  void push(Encoded encoded);
  void push_the_rest(Timestamp time);
  [[nodiscard]] std::map<std::string, std::uint64_t> left_out() const;

  std::optional<Reducer> reducer_;
  EventLines events_;
  std::unique_ptr<Encoder> encoder_;
  std::shared_ptr<delivery::Queue> fallback_;  // before queue_, which pushes to it to its end
  std::unique_ptr<delivery::Queue> queue_;
  std::uint64_t not_finite_ = 0;
  std::map<std::string, std::uint64_t> left_out_before_;
  bool stopped_ = false;
};

}  // namespace pmon
