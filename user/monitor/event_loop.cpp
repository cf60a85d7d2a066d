// SPDX-License-Identifier: Apache-2.0
#include "monitor/event_loop.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <utility>

namespace pmon::monitor {

namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

timespec to_timespec(Timestamp ms) { return {ms / 1000, ms % 1000 * 1'000'000}; }

}  // namespace

void restore_signals() {
  const sigset_t set = handled_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

EventLoop::~EventLoop() {
  if (!signals_) return;
  const sigset_t set = handled_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Result<void> EventLoop::add(int fd, Event event, bool once) {
  epoll_event wanted{};
  wanted.events = EPOLLIN | (once ? EPOLLONESHOT : 0U);
  wanted.data.u32 = static_cast<std::uint32_t>(event);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0) return fail_errno(errno, "wait for events");
  return {};
}

Result<int> EventLoop::take_signals() {
  const sigset_t set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return fail_errno(errno, "set up the event loop");
  return signals_.get();
}

Result<EventLoop> EventLoop::open(Timestamp interval_ms, int service_fd, int stop_fd) {
  EventLoop loop;
  loop.interval_ms_ = interval_ms;
  const auto stop = stop_fd >= 0 ? Result<int>(stop_fd) : loop.take_signals();
  if (!stop) return std::unexpected(stop.error());
  loop.epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
  loop.timer_.reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  loop.extra_.reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!loop.epoll_ || !loop.timer_ || !loop.extra_) return fail_errno(errno, "set up the event loop");
  for (const auto& [fd, event] :
       {std::pair(loop.timer_.get(), Event::kTick), {loop.extra_.get(), Event::kTick}, {*stop, Event::kStop}}) {
    if (auto added = loop.add(fd, event); !added) return std::unexpected(added.error());
  }
  if (auto served = loop.serve(service_fd); !served) return std::unexpected(served.error());
  loop.restart();
  return loop;
}

Result<void> EventLoop::serve(int service_fd) {
  if (service_fd < 0) return {};
  return add(service_fd, Event::kService);
}

void EventLoop::restart() {
  const itimerspec every{to_timespec(interval_ms_), to_timespec(interval_ms_)};
  timerfd_settime(timer_.get(), 0, &every, nullptr);
}

void EventLoop::set_interval(Timestamp interval_ms) {
  if (interval_ms == interval_ms_) return;
  interval_ms_ = interval_ms;
  restart();
}

void EventLoop::tick_in(Timestamp ms) {
  const itimerspec once{{}, to_timespec(std::max<Timestamp>(ms, 1))};
  timerfd_settime(extra_.get(), 0, &once, nullptr);
}

void EventLoop::await(std::int32_t pid) {
  Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process || !add(process.get(), Event::kEnded, true)) return;
  processes_.push_back(std::move(process));
}

EventLoop::Event EventLoop::read_signal() {
  signalfd_siginfo info{};
  Event event = Event::kReload;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGHUP) event = Event::kStop;
  }
  return event;
}

Result<EventLoop::Event> EventLoop::wait() {
  epoll_event ready[8];
  int count = 0;
  do {
    count = epoll_wait(epoll_.get(), ready, std::size(ready), -1);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return fail_errno(errno, "wait for events");
  const auto happened = [&](Event event) {
    return std::any_of(ready, ready + count,
                       [event](const epoll_event& one) { return one.data.u32 == static_cast<std::uint32_t>(event); });
  };
  if (happened(Event::kStop)) return signals_ ? read_signal() : Event::kStop;
  if (happened(Event::kEnded)) return Event::kEnded;
  if (!happened(Event::kTick)) return Event::kService;
  std::uint64_t expirations = 0;
  for (const int timer : {timer_.get(), extra_.get()}) {
    if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
      return fail_errno(errno, "read the timer");
  }
  return Event::kTick;
}

}  // namespace pmon::monitor
