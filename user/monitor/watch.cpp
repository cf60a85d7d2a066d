// SPDX-License-Identifier: Apache-2.0
#include "monitor/watch.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "monitor/command.h"
#include "monitor/event_loop.h"
#include "monitor/open_collector.h"
#include "monitor/watch_session.h"

namespace pmon::monitor {

namespace {

TargetSpec spec_of(const WatchOptions& options, const std::optional<Command>& command) {
  TargetSpec spec;
  spec.pids = options.pids;
  spec.names = options.names;
  spec.units = options.units;
  spec.cgroups = options.cgroups;
  spec.children = options.children;
  spec.wait = options.wait;
  spec.self_pid = getpid();
  if (command) {
    spec.command_pid = command->pid();
    spec.command = options.command.front();
  }
  return spec;
}

// The last switch of a process comes a little after its end can be seen.
constexpr Timestamp kAfterEnd = 10;

// Until the end of the targets, of the time, of the reader or of the user's patience.
Result<void> run(WatchSession& session, EventLoop& loop, const WatchOptions& options, const Clock& clock,
                 std::optional<Command>& command) {
  const Tick begin = clock.now();
  const auto rest = [&]() -> std::optional<Timestamp> {
    if (!options.duration_ms) return std::nullopt;
    return *options.duration_ms - static_cast<Timestamp>((clock.now().boottime_ns - begin.boottime_ns) / 1'000'000);
  };
  if (options.duration_ms) loop.tick_in(*options.duration_ms);
  bool all_ended = false;
  while (true) {
    const auto event = loop.wait();
    if (!event) return std::unexpected(event.error());
    switch (*event) {
      case EventLoop::Event::kService: session.service(); continue;
      case EventLoop::Event::kReload: session.reload(); continue;
      case EventLoop::Event::kEnded: loop.tick_in(std::min(kAfterEnd, rest().value_or(kAfterEnd))); continue;
      case EventLoop::Event::kTick:
      case EventLoop::Event::kStop: break;
    }
    const auto listening = session.tick();
    if (!listening) return std::unexpected(listening.error());
    if (command) command->reap();
    const auto left = rest();
    if (*event == EventLoop::Event::kStop || !*listening || (left && *left <= 0)) return {};
    if (left) loop.tick_in(*left);
    if (!session.all_targets_ended()) continue;
    // An alert that fires on a process's last sample resolves at the next look.
    if (all_ended || session.firing() == 0) return {};
    all_ended = true;
    loop.tick_in(std::min(kAfterEnd, left.value_or(kAfterEnd)));
  }
}

}  // namespace

Result<WatchSummary> watch(const WatchOptions& options, WatchParts parts, Output& output) {
  std::optional<Command> command;
  if (!options.command.empty()) {
    auto prepared = Command::prepare(options.command);
    if (!prepared) return std::unexpected(prepared.error());
    command = std::move(*prepared);
  }
  auto targets = Targets::make(spec_of(options, command));
  if (!targets) return std::unexpected(targets.error());
  auto loop = EventLoop::open(options.interval_ms);
  if (!loop) return std::unexpected(loop.error());
  std::vector<Notice> notices;
  auto collector = open_collector(options, notices);
  if (!collector) return std::unexpected(collector.error());

  const SystemClock clock;
  WatchSession session(options, {std::move(*collector), std::move(*targets), std::move(parts), std::move(notices)},
                       clock, output);
  if (auto served = loop->serve(session.wake_fd()); !served) return std::unexpected(served.error());
  for (const std::int32_t pid : options.pids) loop->await(pid);
  if (command) loop->await(command->pid());
  // The first look comes before the command's first instruction.
  auto listening = session.tick();
  if (!listening) return std::unexpected(listening.error());
  if (command) {
    if (auto started = command->go(); !started) return std::unexpected(started.error());
  }
  loop->restart();
  if (*listening && !session.all_targets_ended()) {
    if (auto done = run(session, *loop, options, clock, command); !done) return std::unexpected(done.error());
  }
  if (command && command->running()) session.tell_still_running(command->pid(), options.command.front());
  return session.summary();
}

}  // namespace pmon::monitor
