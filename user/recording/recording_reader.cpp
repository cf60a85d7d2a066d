// SPDX-License-Identifier: Apache-2.0
#include "recording/recording_reader.h"

#include <utility>

#include <fmt/format.h>

#include "recording/wire.h"

namespace pmon::recording {

namespace {

std::vector<std::optional<Metric>> meanings(const std::vector<MetricColumn>& columns) {
  std::vector<std::optional<Metric>> metrics;
  metrics.reserve(columns.size());
  for (const MetricColumn& column : columns) metrics.push_back(column.metric);
  return metrics;
}

}  // namespace

RecordingReader::RecordingReader(FrameReader frames, Header header)
    : frames_(std::move(frames)), header_(std::move(header)), decoder_(meanings(header_.metrics)) {
  tell_unknown_metrics();
}

Result<RecordingReader> RecordingReader::open(std::unique_ptr<Source> source) {
  auto frames = FrameReader::open(std::move(source));
  if (!frames) return std::unexpected(frames.error());
  const auto first = frames->next();
  if (!first) return std::unexpected(first.error());
  if (!*first) {
    return fail(ErrorKind::kUsage, fmt::format("{} holds nothing: it ends within its header", frames->name()));
  }
  if ((*first)->kind != FrameKind::kHeader) return frames->damaged((*first)->offset, "the header should be here");
  auto header = parse_header((*first)->payload);
  if (!header) return frames->damaged((*first)->offset, "header: " + header.error().text());
  return RecordingReader(std::move(*frames), std::move(*header));
}

void RecordingReader::tell_unknown_metrics() {
  std::string names;
  for (const MetricColumn& column : header_.metrics) {
    if (column.metric) continue;
    names += fmt::format("{}{}{}", names.empty() ? "" : ", ", column.name,
                         column.label.empty() ? "" : "{" + column.label + "}");
  }
  if (names.empty()) return;
  notices_.push_back({Notice::Level::kWarning, "recording_newer",
                      fmt::format("{} was made by pmon {}; this one does not know its {} and leaves it out", name(),
                                  header_.writer, names)});
}

void RecordingReader::tell_end() {
  if (const auto torn = frames_.torn()) {
    notices_.push_back({Notice::Level::kWarning, "recording_torn",
                        fmt::format("{} ends in the middle of a frame, at byte {}: the recorder was killed or the host "
                                    "went down; all before it was read",
                                    name(), *torn)});
  } else if (!ended_) {
    notices_.push_back({Notice::Level::kWarning, "recording_unfinished",
                        fmt::format("{} has no end: its recorder was killed, or still runs", name())});
  }
}

Result<void> RecordingReader::take_tick(const Frame& frame, RecordedTick& out) {
  out.failure.reset();
  if (frame.kind == FrameKind::kBlind) {
    WireReader in(frame.payload);
    out.snapshot.clear();
    out.tick = {in.signed_varint(), in.varint(), in.signed_varint()};
    out.failure = in.text();
    if (!in.ok() || !is_possible(out.tick)) return frames_.damaged(frame.offset, "it is no tick");
  } else {
    const std::string wrong = decoder_.decode(frame.payload, frame.kind == FrameKind::kKey, out.tick, out.snapshot);
    if (!wrong.empty()) return frames_.damaged(frame.offset, wrong);
  }
  if (last_ && out.tick.now <= *last_) return frames_.damaged(frame.offset, "its time is not after the one before");
  last_ = out.tick.now;
  return {};
}

// True where the frame was a tick.
Result<bool> RecordingReader::take(const Frame& frame, RecordedTick& out) {
  switch (frame.kind) {
    case FrameKind::kKey:
    case FrameKind::kDelta:
    case FrameKind::kBlind:
      if (auto taken = take_tick(frame, out); !taken) return std::unexpected(taken.error());
      return true;
    case FrameKind::kCapabilities: {
      auto capabilities = parse_capabilities(frame.payload, header_);
      if (!capabilities) return frames_.damaged(frame.offset, capabilities.error().text());
      out.capabilities = std::move(*capabilities);
      return false;
    }
    case FrameKind::kEnd: ended_ = true; return false;
    case FrameKind::kHeader: return frames_.damaged(frame.offset, "a second header");
  }
  if (!std::exchange(unknown_frames_, true)) {
    notices_.push_back({Notice::Level::kWarning, "recording_newer",
                        fmt::format("{} has frames of kind {}, which this pmon does not know and leaves out", name(),
                                    std::to_underlying(frame.kind))});
  }
  return false;
}

Result<bool> RecordingReader::next(RecordedTick& out) {
  out.capabilities.reset();
  while (true) {
    const auto frame = frames_.next();
    if (!frame) return std::unexpected(frame.error());
    if (!*frame) {
      tell_end();
      return false;
    }
    if (ended_) return frames_.damaged((*frame)->offset, "it comes after the end");
    const auto is_tick = take(**frame, out);
    if (!is_tick || *is_tick) return is_tick;
  }
}

}  // namespace pmon::recording
