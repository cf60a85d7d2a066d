// SPDX-License-Identifier: Apache-2.0
#include "pmon/safe_open.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "pmon/errno_text.h"

namespace pmon {

namespace {

std::string folder_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const std::filesystem::path name(path);
  return name.has_parent_path() ? name.parent_path().string() : ".";
}

std::unexpected<OpenError> refused(int number, std::string reason) {
  return std::unexpected(OpenError{number, std::move(reason)});
}

}  // namespace

bool others_may_write(const struct stat& folder) {
  const bool ours = folder.st_gid == 0 || folder.st_gid == ::getegid();
  return (folder.st_mode & S_IWOTH) != 0 || ((folder.st_mode & S_IWGRP) != 0 && !ours);
}

bool is_strangers(const std::string& path, uid_t owner) {
  if (owner == 0 || owner == ::geteuid()) return false;
  struct stat folder {};
  return ::stat(folder_of(path).c_str(), &folder) != 0 || others_may_write(folder);
}

std::expected<int, OpenError> open_plain_file(const std::string& path, int flags, mode_t mode) {
  // Not blocking: to open a pipe that nobody reads must not wait.
  const int fd = ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
  struct stat info {};
  if (fd < 0) {
    const int number = errno;
    // EACCES is what Linux says of a stranger's link in a sticky folder.
    const bool link =
        number == ELOOP || (number == EACCES && ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode));
    return link ? refused(ELOOP, "it is a symbolic link") : refused(number, errno_text(number));
  }
  const auto because = [&](int number, std::string reason) {
    ::close(fd);
    return refused(number, std::move(reason));
  };
  if (::fstat(fd, &info) != 0) return because(errno, errno_text(errno));
  if (!S_ISREG(info.st_mode)) return because(EINVAL, "not a regular file");
  if ((flags & O_ACCMODE) != O_RDONLY && info.st_nlink > 1) return because(EMLINK, "it has a second name (hard link)");
  if (is_strangers(path, info.st_uid)) {
    return because(EPERM, "it is another user's, in a folder where others may write");
  }
  return fd;
}

std::expected<std::string, OpenError> read_plain_file(const std::string& path, std::size_t most) {
  const auto fd = open_plain_file(path, O_RDONLY);
  if (!fd) return std::unexpected(fd.error());
  std::string text;
  std::array<char, 16384> buffer;
  ssize_t size = 0;
  do {
    size = ::read(*fd, buffer.data(), buffer.size());
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  } while (text.size() <= most && (size > 0 || (size < 0 && errno == EINTR)));
  const int number = size < 0 ? errno : text.size() > most ? EFBIG : 0;
  ::close(*fd);
  if (number != 0) return refused(number, errno_text(number));
  return text;
}

}  // namespace pmon
