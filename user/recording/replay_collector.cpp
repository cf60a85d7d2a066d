// SPDX-License-Identifier: Apache-2.0
#include "recording/replay_collector.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace pmon::recording {

ReplayCollector::ReplayCollector(std::vector<RecordingReader> readers) : readers_(std::move(readers)) {
  header_ = readers_.front().header();
  tick_.wall = header_.started;
  capabilities_ = header_.capabilities;
  for (const RecordingReader& reader : readers_) restrict(reader.header().capabilities);
  for (RecordingReader& reader : readers_) std::ranges::move(reader.take_notices(), std::back_inserter(notices_));
}

// What all files have can be relied on throughout; features are those of the first.
void ReplayCollector::restrict(const Capabilities& capabilities) {
  for (const MetricInfo& row : metric_table()) {
    if (capabilities_.has(row.metric) && !capabilities.has(row.metric)) {
      capabilities_.remove(row.metric, capabilities.why_missing(row.metric));
    }
  }
}

Result<std::unique_ptr<ReplayCollector>> ReplayCollector::open(const std::vector<std::string>& files) {
  std::vector<std::unique_ptr<Source>> sources;
  for (const std::string& file : files) {
    auto source = FileSource::open(file);
    if (!source) return std::unexpected(source.error());
    sources.push_back(std::move(*source));
  }
  return open(std::move(sources));
}

Result<std::unique_ptr<ReplayCollector>> ReplayCollector::open(std::vector<std::unique_ptr<Source>> sources) {
  if (sources.empty()) return fail(ErrorKind::kUsage, "no recording given");
  std::vector<RecordingReader> readers;
  for (std::unique_ptr<Source>& source : sources) {
    auto reader = RecordingReader::open(std::move(source));
    if (!reader) return std::unexpected(reader.error());
    readers.push_back(std::move(*reader));
  }
  std::ranges::sort(readers, {}, [](const RecordingReader& reader) {
    return std::tuple(reader.header().started, reader.header().part);
  });
  const Header& first = readers.front().header();
  for (const RecordingReader& reader : readers) {
    if (reader.header().host.boot_id == first.host.boot_id) continue;
    return fail(ErrorKind::kUsage,
                fmt::format("{} and {} are of different hosts or boots: their processes are not the same",
                            readers.front().name(), reader.name()),
                "replay them one by one");
  }
  return std::unique_ptr<ReplayCollector>(new ReplayCollector(std::move(readers)));
}

Result<bool> ReplayCollector::next() {
  for (; current_ < readers_.size(); ++current_) {
    RecordingReader& reader = readers_[current_];
    const auto found = reader.next(now_);
    std::ranges::move(reader.take_notices(), std::back_inserter(notices_));
    if (!found) return found;
    if (!*found) continue;
    if (now_.tick.now <= tick_.now) {
      return fail(ErrorKind::kFailed,
                  fmt::format("{} goes back in time: it was recorded while another of these files was", reader.name()),
                  "replay them one by one");
    }
    tick_ = now_.tick;
    if (now_.capabilities) capabilities_ = std::move(*now_.capabilities);
    return true;
  }
  return false;
}

Result<void> ReplayCollector::collect(const Tick& /*tick*/, Snapshot& out) {
  if (now_.failure) {
    out.clear();
    return fail(ErrorKind::kFailed, *now_.failure);
  }
  std::swap(out, now_.snapshot);
  return {};
}

}  // namespace pmon::recording
