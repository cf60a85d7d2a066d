// SPDX-License-Identifier: Apache-2.0
#include "monitor/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace pmon::monitor {

namespace {

Result<Fd> open_lock(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kStateFileMode));
  if (!fd) return fail_errno(errno, fmt::format("open lock '{}'", path), "give a --state folder that may be written");
  return fd;
}

int flock_of(const Fd& fd, int operation) {
  int done = 0;
  do {
    done = ::flock(fd.get(), operation);
  } while (done != 0 && errno == EINTR);
  return done;
}

std::string text_of(const Fd& fd) {
  std::array<char, 64> text{};
  const ssize_t size = ::pread(fd.get(), text.data(), text.size(), 0);
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

Result<void> make_state_folder(const std::string& path) {
  struct stat info {};
  if (::mkdir(path.c_str(), kStateFolderMode) == 0) return {};
  const int error = errno;
  if (error == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  auto failed = fail_errno(error == EEXIST ? ENOTDIR : error, fmt::format("state folder '{}'", path),
                           "give a --state folder that may be written");
  failed.error().kind = ErrorKind::kUsage;
  return failed;
}

Result<FileLock> FileLock::wait(const std::string& path) {
  Result<Fd> fd = open_lock(path);
  if (!fd) return std::unexpected(fd.error());
  if (flock_of(*fd, LOCK_EX) != 0) return fail_errno(errno, fmt::format("lock '{}'", path));
  return FileLock(std::move(*fd));
}

Result<FileLock> FileLock::try_take(const std::string& path, std::string_view taken, const std::string& remedy) {
  Result<Fd> fd = open_lock(path);
  if (!fd) return std::unexpected(fd.error());
  if (flock_of(*fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(errno, fmt::format("lock '{}'", path));
    const std::string note = text_of(*fd);
    const std::string pid = note.substr(0, note.find_first_not_of("0123456789"));
    return fail(ErrorKind::kUsage,
                fmt::format("another pmon{} {} ('{}' is locked)", pid.empty() ? "" : fmt::format(" (pid {})", pid),
                            taken, path),
                remedy);
  }
  FileLock lock(std::move(*fd));
  lock.found_ = text_of(lock.fd_);
  return lock;
}

void FileLock::note(std::string_view text) const { (void)!::pwrite(fd_.get(), text.data(), text.size(), 0); }

}  // namespace pmon::monitor
