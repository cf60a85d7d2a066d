// SPDX-License-Identifier: Apache-2.0
#include "recording/recording_writer.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "pmon/errno_text.h"
#include "pmon/version.h"
#include "recording/format.h"

namespace pmon::recording {

namespace {

// So that whoever salvages a damaged file loses this many ticks at most.
constexpr std::uint32_t kKeyEvery = 300;
constexpr std::uint64_t kEndRoom = 64;  // for the end frame

std::string random_id() {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number) number = static_cast<std::uint64_t>(getpid());
  return fmt::format("{:016x}", number);
}

// Nothing may be lost by a wrong path: only a recording, or an empty file, makes way.
Result<bool> is_replaceable(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) return false;
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return fail(ErrorKind::kUsage, fmt::format("open {}: {}", path, errno_text(errno)));
  }
  std::array<char, kMagic.size()> bytes{};
  const bool regular = S_ISREG(status.st_mode);
  const bool recording = regular && ::pread(fd.get(), bytes.data(), bytes.size(), 0) == ssize_t{kMagic.size()} &&
                         std::string_view(bytes.data(), bytes.size()) == kMagic;
  if (recording || (regular && status.st_size == 0)) return true;
  return fail(ErrorKind::kUsage, fmt::format("{} is there already and is no recording", path), "name another file");
}

}  // namespace

Result<RecordingWriter> RecordingWriter::open(WriterOptions options, Header header, const Tick& tick) {
  auto frames = FrameWriter::make();
  if (!frames) return std::unexpected(frames.error());
  const auto replaceable = is_replaceable(options.path);
  if (!replaceable) return std::unexpected(replaceable.error());
  header.writer = kVersion;
  header.recording = random_id();
  header.part = 0;
  header.metrics = own_columns();
  RecordingWriter writer(std::move(options), std::move(header), std::move(*frames));
  if (*replaceable) {
    if (auto shifted = writer.shift_files(); !shifted) return std::unexpected(shifted.error());
  }
  if (auto begun = writer.begin_file(tick); !begun) {
    Error error = begun.error();
    error.kind = ErrorKind::kUsage;
    return std::unexpected(std::move(error));
  }
  return writer;
}

Result<void> RecordingWriter::begin_file(const Tick& tick) {
  // Never over a file that came there meanwhile.
  file_.reset(::open(options_.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640));
  if (!file_) return fail_errno(errno, "create recording " + options_.path);
  header_.started = tick.now;
  size_ = 0;
  file_ticks_ = 0;
  since_key_ = 0;
  pending_ = preamble();
  if (auto packed = frames_.append(FrameKind::kHeader, header_text(header_), pending_); !packed) return packed;
  auto written = write_pending();
  if (!written) ::unlink(options_.path.c_str());  // empty: it would be no recording
  return written;
}

// PATH → PATH.1 → … → PATH.N; what was PATH.N is gone.
Result<void> RecordingWriter::shift_files() const {
  const auto name = [this](std::uint32_t number) {
    return number == 0 ? options_.path : fmt::format("{}.{}", options_.path, number);
  };
  if (options_.keep == 0) {
    if (::unlink(name(0).c_str()) != 0) return fail_errno(errno, "remove " + name(0));
    return {};
  }
  // Only as far as there are files: a gap ends the row.
  std::uint32_t last = 0;
  while (last < options_.keep && ::access(name(last).c_str(), F_OK) == 0) ++last;
  for (; last > 0; --last) {
    if (::rename(name(last - 1).c_str(), name(last).c_str()) != 0) return fail_errno(errno, "rename " + name(last - 1));
  }
  return {};
}

Result<void> RecordingWriter::rotate(const Tick& tick) {
  if (auto done = finish(); !done) return done;
  if (auto shifted = shift_files(); !shifted) return shifted;
  total_ += size_;
  ++header_.part;
  return begin_file(tick);
}

// All of pending_ or, where that cannot be, nothing of it.
Result<void> RecordingWriter::write_pending() {
  std::size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t count = ::write(file_.get(), pending_.data() + done, pending_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      (void)!::ftruncate(file_.get(), static_cast<off_t>(size_));
      return fail_errno(error, "write recording " + options_.path,
                        error == ENOSPC ? "what was recorded until now is whole; make room, or bound it by --max-size "
                                          "and --keep"
                                        : "what was recorded until now is whole");
    }
    done += static_cast<std::size_t>(count);
  }
  size_ += pending_.size();
  pending_.clear();
  return {};
}

bool RecordingWriter::fits() const {
  return file_ticks_ == 0 || size_ + pending_.size() + kEndRoom <= options_.max_bytes;
}

Result<void> RecordingWriter::encode(const Tick& tick, const Snapshot& snapshot, bool key) {
  payload_.clear();
  encoder_.encode(tick, snapshot, key, payload_);
  return frames_.append(key ? FrameKind::kKey : FrameKind::kDelta, payload_, pending_);
}

Result<void> RecordingWriter::append(const Tick& tick, const Snapshot& snapshot, const Capabilities& capabilities) {
  if (snapshot.processes.size() > kMostProcesses) {
    return fail(ErrorKind::kFailed,
                fmt::format("{} processes are more than a recording takes", snapshot.processes.size()),
                "record fewer, with --name or --cgroup");
  }
  pending_.clear();
  if (!same_capabilities(capabilities, header_.capabilities)) {
    header_.capabilities = capabilities;
    auto packed = frames_.append(FrameKind::kCapabilities, capabilities_text(capabilities), pending_);
    if (!packed) return packed;
  }
  if (auto encoded = encode(tick, snapshot, since_key_ == 0); !encoded) return encoded;
  if (!fits()) {
    // The new file stands alone: its header has the capabilities, its first tick is whole.
    if (auto rotated = rotate(tick); !rotated) return rotated;
    pending_.clear();
    if (auto encoded = encode(tick, snapshot, true); !encoded) return encoded;
  }
  if (auto written = write_pending(); !written) return written;
  since_key_ = (since_key_ + 1) % kKeyEvery;
  ++file_ticks_;
  ++ticks_;
  return {};
}

Result<void> RecordingWriter::append_failure(const Tick& tick, const std::string& what) {
  payload_.clear();
  WireWriter writer(payload_);
  writer.signed_varint(tick.now);
  writer.varint(tick.boottime_ns);
  writer.signed_varint(tick.wall);
  writer.text(what);
  pending_.clear();
  if (auto packed = frames_.append(FrameKind::kBlind, payload_, pending_); !packed) return packed;
  if (!fits()) {
    std::string frame = std::move(pending_);
    if (auto rotated = rotate(tick); !rotated) return rotated;
    pending_ = std::move(frame);
  }
  if (auto written = write_pending(); !written) return written;
  ++file_ticks_;
  ++ticks_;
  return {};
}

Result<void> RecordingWriter::finish() {
  pending_.clear();
  if (auto packed = frames_.append(FrameKind::kEnd, "{}", pending_); !packed) return packed;
  if (auto written = write_pending(); !written) return written;
  if (::fsync(file_.get()) != 0) return fail_errno(errno, "write recording " + options_.path);
  return {};
}

}  // namespace pmon::recording
