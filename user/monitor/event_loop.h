// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "collect/handle.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::monitor {

// Waits for what can happen in a `watch`: the next tick, the collector's call for service, a signal.
// SIGINT, SIGTERM and SIGHUP are blocked in this thread from open() to destruction.
class EventLoop {
 public:
  enum class Event : std::uint8_t { kTick, kService, kStop, kReload };

  // service_fd: -1 where the collector never calls. The first tick is one interval after open().
  [[nodiscard]] static Result<EventLoop> open(Timestamp interval_ms, int service_fd);

  EventLoop(EventLoop&&) noexcept = default;
  EventLoop& operator=(EventLoop&&) noexcept = default;
  ~EventLoop();

  // Blocks until something happens; a signal goes before a tick. Ticks that were missed (the host was
  // suspended, pmon was stopped) come as one.
  [[nodiscard]] Result<Event> wait();

 private:
  EventLoop() = default;
  [[nodiscard]] Result<void> add(int fd, Event event);
  [[nodiscard]] Event read_signal();

  Fd epoll_;
  Fd timer_;
  Fd signals_;
};

// The signals that EventLoop takes over, restored in a child before it runs another program.
void restore_signals();

}  // namespace pmon::monitor
