// SPDX-License-Identifier: Apache-2.0
#include "recording/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "pmon/errno_text.h"

namespace pmon::recording {

namespace {

constexpr std::size_t kBufferSize = 256UL << 10;

std::size_t copy_from(std::string_view bytes, std::uint64_t offset, std::span<char> into) {
  if (offset >= bytes.size()) return 0;
  const std::size_t count = std::min(into.size(), bytes.size() - static_cast<std::size_t>(offset));
  std::memcpy(into.data(), bytes.data() + offset, count);
  return count;
}

}  // namespace

Result<std::size_t> MemorySource::read(std::uint64_t offset, std::span<char> into) {
  return copy_from(bytes_, offset, into);
}

Result<std::unique_ptr<Source>> FileSource::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return fail(ErrorKind::kUsage, fmt::format("open recording {}: {}", path, errno_text(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorKind::kUsage, fmt::format("open recording {}: it is no regular file", path));
  }
  return std::unique_ptr<Source>(new FileSource(path, std::move(fd)));
}

std::uint64_t FileSource::size() const {
  struct stat status {};
  return ::fstat(fd_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

Result<std::size_t> FileSource::read_file(std::uint64_t offset, std::span<char> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "read recording " + path_);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<std::size_t> FileSource::read(std::uint64_t offset, std::span<char> into) {
  if (into.size() >= kBufferSize) return read_file(offset, into);
  const bool buffered = offset >= buffer_at_ && offset + into.size() <= buffer_at_ + buffer_.size();
  if (!buffered) {
    buffer_.resize(kBufferSize);
    buffer_at_ = offset;
    const auto count = read_file(offset, buffer_);
    buffer_.resize(count.value_or(0));
    if (!count) return count;
  }
  return copy_from(buffer_, offset - buffer_at_, into);
}

}  // namespace pmon::recording
