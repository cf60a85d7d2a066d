// SPDX-License-Identifier: Apache-2.0
#include "monitor/following.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "monitor/open_collector.h"
#include "monitor/priority.h"

namespace pmon::monitor {

namespace {

TargetSpec spec_of(const WatchOptions& options, const std::optional<Command>& command, bool everything) {
  TargetSpec spec;
  spec.pids = options.pids;
  spec.names = options.names;
  spec.units = options.units;
  spec.cgroups = options.cgroups;
  spec.children = options.children;
  spec.wait = options.wait;
  spec.everything = everything;
  spec.self_pid = getpid();
  if (command) {
    spec.command_pid = command->pid();
    spec.command = options.command.front();
  }
  return spec;
}

// The last switch of a process comes a little after its end can be seen.
constexpr Timestamp kAfterEnd = 10;

}  // namespace

Result<Following> Following::open(const WatchOptions& options, bool everything) {
  if (options.stop_fd < 0) prefer_this_thread();  // inside another program it is not ours
  // What the user got wrong is told before anything is attached.
  const bool starts_command = !options.command.empty();
  if (starts_command) {
    if (auto found = Command::check(options.command); !found) return std::unexpected(found.error());
  }
  const bool has_others =
      !options.pids.empty() || !options.names.empty() || !options.units.empty() || !options.cgroups.empty();
  std::optional<Targets> targets;
  if (has_others || !starts_command) {
    auto made = Targets::make(spec_of(options, std::nullopt, everything));
    if (!made) return std::unexpected(made.error());
    targets = std::move(*made);
  }
  auto loop = EventLoop::open(options.interval_ms, -1, options.stop_fd);
  if (!loop) return std::unexpected(loop.error());
  Following following(std::move(*loop));
  auto collector = open_collector(options, following.notices_);
  if (!collector) return std::unexpected(collector.error());
  following.collector_ = std::move(*collector);
  if (starts_command) {  // only now, so that it does not wait for the kernel side
    auto command = Command::prepare(options.command);
    if (!command) return std::unexpected(command.error());
    following.command_ = std::move(*command);
    auto made = Targets::make(spec_of(options, following.command_, everything));
    if (!made) return std::unexpected(made.error());
    targets = std::move(*made);
  }
  following.targets_ = std::move(targets);
  return following;
}

// A signal may come right behind a tick; two ticks are never of the same millisecond.
Result<bool> Following::tick(Session& session, const Clock& clock) {
  while (clock.now().now <= last_tick_) std::this_thread::sleep_for(std::chrono::microseconds(100));
  auto listening = session.tick();
  last_tick_ = clock.now().now;
  if (session.interval_ms() != 0) loop_.set_interval(session.interval_ms());
  return listening;
}

Result<void> Following::loop(Session& session, const WatchOptions& options, const Clock& clock) {
  const Tick begin = clock.now();
  const auto rest = [&]() -> std::optional<Timestamp> {
    if (!options.duration_ms) return std::nullopt;
    return *options.duration_ms - static_cast<Timestamp>((clock.now().boottime_ns - begin.boottime_ns) / 1'000'000);
  };
  if (options.duration_ms) loop_.tick_in(*options.duration_ms);
  bool all_ended = false;
  while (true) {
    const auto event = loop_.wait();
    if (!event) return std::unexpected(event.error());
    switch (*event) {
      case EventLoop::Event::kService: session.service(); continue;
      case EventLoop::Event::kReload: session.reload(); continue;
      case EventLoop::Event::kEnded: loop_.tick_in(std::min(kAfterEnd, rest().value_or(kAfterEnd))); continue;
      case EventLoop::Event::kTick:
      case EventLoop::Event::kStop: break;
    }
    const auto listening = tick(session, clock);
    if (!listening) return std::unexpected(listening.error());
    if (command_) command_->reap();
    const auto left = rest();
    if (*event == EventLoop::Event::kStop || !*listening || (left && *left <= 0)) return {};
    if (left) loop_.tick_in(*left);
    if (!session.all_targets_ended()) continue;
    if (all_ended || !session.unsettled()) return {};
    all_ended = true;
    loop_.tick_in(std::min(kAfterEnd, left.value_or(kAfterEnd)));
  }
}

Result<void> Following::run(Session& session, const WatchOptions& options, const Clock& clock) {
  for (const int fd : session.wake_fds()) {
    if (auto served = loop_.serve(fd); !served) return served;
  }
  for (const std::int32_t pid : options.pids) loop_.await(pid);
  if (command_) loop_.await(command_->pid());
  // The first look comes before the command's first instruction.
  const auto listening = tick(session, clock);
  if (!listening) return std::unexpected(listening.error());
  if (command_) {
    if (auto started = command_->go(); !started) return started;
  }
  loop_.restart();
  if (*listening && !session.all_targets_ended()) {
    if (auto done = loop(session, options, clock); !done) return done;
  }
  if (command_ && command_->running()) session.tell_still_running(command_->pid(), options.command.front());
  return {};
}

}  // namespace pmon::monitor
