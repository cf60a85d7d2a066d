// SPDX-License-Identifier: Apache-2.0
#include "export/rotating_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "pmon/safe_open.h"

namespace pmon {

namespace {

constexpr mode_t kMode = 0640;

// Where the last whole line of a file ends; absent, with errno, where it cannot be told: what has no line and does not
// begin as ours do is somebody else's file, of which nothing must be cut.
std::optional<off_t> end_of_lines(int fd, off_t size) {
  std::array<char, 4096> buffer;
  off_t end = size;
  bool ours = size == 0;
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(buffer.size()));
    const ssize_t got = ::pread(fd, buffer.data(), static_cast<std::size_t>(end - begin), begin);
    if (got != end - begin) {
      errno = EIO;
      return std::nullopt;
    }
    const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    if (const std::size_t at = text.rfind('\n'); at != std::string_view::npos) {
      return begin + static_cast<off_t>(at) + 1;
    }
    ours = begin == 0 && text.starts_with('{');
    end = begin;
  }
  errno = EINVAL;
  return ours ? std::optional<off_t>(0) : std::nullopt;
}

}  // namespace

Result<RotatingFile> RotatingFile::open(RotatingFileOptions options, bool later) {
  RotatingFile file(std::move(options));
  if (later) return file;
  if (auto opened = file.open_file(); !opened) {
    return fail(ErrorKind::kUsage, opened.error().message, "give a file in a folder that exists and may be written");
  }
  return file;
}

RotatingFile::~RotatingFile() { close_file(); }

RotatingFile::RotatingFile(RotatingFile&& other) noexcept
    : options_(std::move(other.options_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

RotatingFile& RotatingFile::operator=(RotatingFile&& other) noexcept {
  if (this == &other) return *this;
  close_file();
  options_ = std::move(other.options_);
  fd_ = std::exchange(other.fd_, -1);
  size_ = other.size_;
  return *this;
}

void RotatingFile::close_file() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<void> RotatingFile::open_file() {
  const auto opened = open_plain_file(options_.path, O_RDWR | O_CREAT | O_APPEND, kMode);
  if (!opened) return fail(ErrorKind::kFailed, fmt::format("open '{}': {}", options_.path, opened.error().reason));
  fd_ = *opened;
  struct stat info {};
  if (::fstat(fd_, &info) != 0) {
    const int number = errno;
    close_file();
    return fail_errno(number, fmt::format("open '{}'", options_.path));
  }
  const auto end = end_of_lines(fd_, info.st_size);
  if (!end || (*end != info.st_size && ::ftruncate(fd_, *end) != 0)) {
    const int number = errno;
    close_file();
    return fail_errno(number, fmt::format("find the last whole line of '{}'", options_.path));
  }
  size_ = static_cast<std::uint64_t>(*end);
  return {};
}

bool RotatingFile::is_in_place() const {
  struct stat ours {};
  struct stat there {};
  return ::fstat(fd_, &ours) == 0 && ::lstat(options_.path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
         ours.st_dev == there.st_dev;
}

Result<void> RotatingFile::rotate() {
  close_file();
  const auto name = [this](unsigned number) {
    return number == 0 ? options_.path : fmt::format("{}.{}", options_.path, number);
  };
  if (options_.keep == 0 && ::unlink(options_.path.c_str()) != 0 && errno != ENOENT) {
    return fail_errno(errno, fmt::format("remove '{}'", options_.path));
  }
  for (unsigned i = options_.keep; i > 0; --i) {
    if (::rename(name(i - 1).c_str(), name(i).c_str()) != 0 && errno != ENOENT) {
      return fail_errno(errno, fmt::format("rename '{}'", name(i - 1)));
    }
  }
  return open_file();
}

Result<void> RotatingFile::write_all(std::string_view lines) {
  std::string_view left = lines;
  while (!left.empty()) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int number = errno;
      // Where even that fails, the file is opened anew the next time, which cuts half a line.
      if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0) close_file();
      return fail_errno(number, fmt::format("write '{}'", options_.path));
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ += lines.size();
  return {};
}

Result<void> RotatingFile::append(std::string_view lines) {
  if (fd_ >= 0 && !is_in_place()) close_file();
  if (fd_ < 0) {
    if (auto opened = open_file(); !opened) return opened;
  }
  if (size_ > 0 && size_ + lines.size() > options_.max_bytes) {
    if (auto rotated = rotate(); !rotated) return rotated;
  }
  return write_all(lines);
}

delivery::Outcome FileDestination::send(const delivery::Item& item, delivery::Deadline /*deadline*/) {
  const auto appended = file_.append(item.body);
  return appended ? delivery::Outcome::delivered() : delivery::Outcome::retry(appended.error().message);
}

}  // namespace pmon
