// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "export/exporter_config.h"
#include "export/rotating_file.h"

namespace pmon {

namespace {

// Of the time to stop, what a file needs for what the last one to push has given up.
constexpr std::chrono::milliseconds kForFallback{500};

// A queue whose settings changed goes on for a moment after its exporter, and may be the last to have it.
Result<std::shared_ptr<delivery::Queue>> start_fallback(const std::string& name, const std::string& path,
                                                        const ExportSurroundings& surroundings) {
  auto file = RotatingFile::open({.path = path}, surroundings.written.contains(path));
  if (!file) return std::unexpected(file.error());
  auto queue =
      delivery::Queue::start(std::make_unique<FileDestination>(std::move(*file)), {.name = name + "-fallback"});
  if (!queue) return std::unexpected(queue.error());
  return std::shared_ptr<delivery::Queue>(queue->release(), [](delivery::Queue* ended) {
    ended->stop(delivery::Clock::now() + kForFallback);
    delete ended;
  });
}

}  // namespace

Result<Queues> start_queues(const PushConfig& config, const ExportSurroundings& surroundings,
                            std::unique_ptr<delivery::Destination> destination) {
  delivery::QueueOptions options;
  options.name = config.name;
  options.capacity = config.queue.items;
  options.timeout = config.queue.timeout;
  options.spool_bytes = config.queue.spool_bytes;
  options.succeeds = surroundings.succeeds;
  if (config.queue.spool) {
    if (!surroundings.state_folder) {
      return fail(ErrorKind::kUsage, fmt::format("sink '{}': a spool needs a folder for state", config.name));
    }
    options.spool = fmt::format("{}/spool/{}", *surroundings.state_folder, config.name);
  }
  Queues queues;
  if (!config.fallback.empty()) {
    auto fallback = start_fallback(config.name, config.fallback, surroundings);
    if (!fallback) return std::unexpected(fallback.error());
    queues.fallback = std::move(*fallback);
    options.on_drop = [to = queues.fallback](const delivery::Item& item, std::string_view /*reason*/) {
      to->push(item);
    };
  }
  auto queue = delivery::Queue::start(std::move(destination), std::move(options));
  if (!queue) return std::unexpected(queue.error());
  queues.queue = std::move(*queue);
  return queues;
}

}  // namespace pmon
