// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "collect/handle.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::monitor {

// Waits for what can happen in a `watch`: the next tick, the collector's call for service, a signal.
// SIGINT, SIGTERM and SIGHUP are blocked in this thread from open() to destruction, so that none that comes while pmon
// starts ends it without a word. With a stop_fd, as inside another program, no signal is touched.
class EventLoop {
 public:
  // kEnded: one of the processes told to await() has ended.
  enum class Event : std::uint8_t { kTick, kService, kStop, kReload, kEnded };

  // service_fd: -1 where the collector never calls. stop_fd: readable when it is time to stop; -1: signals say so.
  // The first tick is one interval after open().
  [[nodiscard]] static Result<EventLoop> open(Timestamp interval_ms, int service_fd = -1, int stop_fd = -1);

  // For a collector that was opened later.
  [[nodiscard]] Result<void> serve(int service_fd);
  // Counts the interval anew from now.
  void restart();
  void set_interval(Timestamp interval_ms);
  // One more tick, beside the regular ones, this much later; a later call takes the place of an earlier.
  void tick_in(Timestamp ms);
  // kEnded, once, when the process ends; one that is gone or cannot be watched is left to the ticks.
  void await(std::int32_t pid);

  EventLoop(EventLoop&&) noexcept = default;
  EventLoop& operator=(EventLoop&&) noexcept = default;
  ~EventLoop();

  // Blocks until something happens; a signal goes before a tick. Ticks that were missed (the host was
  // suspended, pmon was stopped) come as one.
  [[nodiscard]] Result<Event> wait();

 private:
  EventLoop() = default;
  [[nodiscard]] Result<void> add(int fd, Event event, bool once = false);
  [[nodiscard]] Result<int> take_signals();
  [[nodiscard]] Event read_signal();

  Fd epoll_;
  Fd timer_;
  Fd extra_;  // of tick_in()
  std::vector<Fd> processes_;
  Timestamp interval_ms_ = 0;
  Fd signals_;  // empty with a stop_fd
};

// The signals that EventLoop takes over, restored in a child before it runs another program.
void restore_signals();

}  // namespace pmon::monitor
