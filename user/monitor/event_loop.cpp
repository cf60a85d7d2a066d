// SPDX-License-Identifier: Apache-2.0
#include "monitor/event_loop.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <csignal>

namespace pmon::monitor {

namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void restore_signals() {
  const sigset_t set = handled_signals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

EventLoop::~EventLoop() {
  if (!signals_) return;
  const sigset_t set = handled_signals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

Result<void> EventLoop::add(int fd, Event event) {
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u32 = static_cast<std::uint32_t>(event);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0) return fail_errno(errno, "wait for events");
  return {};
}

Result<EventLoop> EventLoop::open(Timestamp interval_ms, int service_fd) {
  EventLoop loop;
  loop.epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
  const sigset_t set = handled_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  loop.signals_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  loop.timer_.reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!loop.epoll_ || !loop.signals_ || !loop.timer_) return fail_errno(errno, "set up the event loop");
  itimerspec every{};
  every.it_interval.tv_sec = interval_ms / 1000;
  every.it_interval.tv_nsec = interval_ms % 1000 * 1'000'000;
  every.it_value = every.it_interval;
  if (timerfd_settime(loop.timer_.get(), 0, &every, nullptr) != 0) return fail_errno(errno, "start the timer");
  if (auto added = loop.add(loop.timer_.get(), Event::kTick); !added) return std::unexpected(added.error());
  if (auto added = loop.add(loop.signals_.get(), Event::kStop); !added) return std::unexpected(added.error());
  if (service_fd >= 0) {
    if (auto added = loop.add(service_fd, Event::kService); !added) return std::unexpected(added.error());
  }
  return loop;
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
  epoll_event ready[3];
  int count = 0;
  do {
    count = epoll_wait(epoll_.get(), ready, 3, -1);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return fail_errno(errno, "wait for events");
  Event first = Event::kService;
  for (int i = 0; i < count; ++i) {
    const auto event = static_cast<Event>(ready[i].data.u32);
    if (event == Event::kStop) return read_signal();
    if (event == Event::kTick) first = Event::kTick;
  }
  if (first == Event::kTick) {
    std::uint64_t expirations = 0;
    if (read(timer_.get(), &expirations, sizeof expirations) < 0 && errno != EAGAIN) {
      return fail_errno(errno, "read the timer");
    }
  }
  return first;
}

}  // namespace pmon::monitor
