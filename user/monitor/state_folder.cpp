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

#include "pmon/errno_text.h"
#include "pmon/safe_open.h"

namespace pmon::monitor {

namespace {

Result<Fd> open_lock(const std::string& path) {
  const auto fd = open_plain_file(path, O_RDWR | O_CREAT, kStateFileMode);
  if (fd) return Fd(*fd);
  return fail(ErrorKind::kFailed, fmt::format("open lock '{}': {}", path, fd.error().reason),
              "give a --state folder that may be written");
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
  if (::mkdir(path.c_str(), kStateFolderMode) == 0) return {};
  const int error = errno;
  const auto refused = [&](const std::string& why, const char* remedy) {
    return fail(ErrorKind::kUsage, fmt::format("state folder '{}': {}", path, why), remedy);
  };
  constexpr const char* kWritable = "give a --state folder that may be written";
  if (error != EEXIST) return refused(errno_text(error), kWritable);
  struct stat link {};
  struct stat info {};
  if (::lstat(path.c_str(), &link) != 0 || ::stat(path.c_str(), &info) != 0) {
    return refused(errno_text(errno), kWritable);
  }
  if (!S_ISDIR(info.st_mode)) return refused(errno_text(ENOTDIR), kWritable);
  // Whoever can write there makes alerts and silences of his own.
  if (others_may_write(info)) return refused("others may write there", "give it a folder of its own");
  if (is_strangers(path, link.st_uid) || is_strangers(path, info.st_uid)) {
    return refused("it is another user's, in a folder where others may write", "give a folder of your own");
  }
  return {};
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
