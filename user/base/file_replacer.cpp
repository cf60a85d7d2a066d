// SPDX-License-Identifier: Apache-2.0
#include "pmon/file_replacer.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "pmon/errno_text.h"

namespace pmon {

namespace {

// Even if this fails, nothing that is there is written to.
std::uint64_t random_number() {
  std::uint64_t number = 0;
  (void)!::getrandom(&number, sizeof number, GRND_NONBLOCK);
  return number;
}

// A file that goes unless it was renamed to its final name. It has no name while it is written, so that a writer that
// is killed leaves nothing; where the file system knows no such files (NFS), it has its temporary one from the
// beginning.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& folder, const std::string& name)
      : name_(fmt::format("{}/.{}.{:016x}.tmp", folder, name, random_number())),
        fd_(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode)) {
    if (fd_ >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return;
    fd_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode);
    named_ = fd_ >= 0;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (named_) ::unlink(name_.c_str());
  }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;  // NFS reports a full disk only here
  }
  // Needs the open file. EEXIST where there is something of that name.
  [[nodiscard]] bool give_name() {
    named_ = named_ || ::linkat(AT_FDCWD, fmt::format("/proc/self/fd/{}", fd_).c_str(), AT_FDCWD, name_.c_str(),
                                AT_SYMLINK_FOLLOW) == 0;
    return named_;
  }
  [[nodiscard]] bool rename_to(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) return false;
    named_ = false;
    return true;
  }

 private:
  static constexpr mode_t kMode = 0600;
  std::string name_;
  int fd_;
  bool named_ = false;
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The rename is on disk only when the folder is. Some file systems refuse to sync a folder; the file
// is in place all the same.
void sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  ::close(fd);
}

}  // namespace

FileReplacer::FileReplacer(std::string what, std::string path, mode_t mode)
    : what_(std::move(what)), path_(std::move(path)), mode_(mode) {
  const std::filesystem::path name(path_);
  folder_ = name.has_parent_path() ? name.parent_path().string() : ".";
  name_ = name.filename().string();
}

Result<void> FileReplacer::probe() const {
  const TemporaryFile file(folder_, name_);
  if (file.fd() < 0) return fail(ErrorKind::kFailed, errno_text(errno));
  return {};
}

Result<void> FileReplacer::replace(std::string_view text) const {
  TemporaryFile file(folder_, name_);
  const auto failed = [this](const std::string& operation) {
    return fail_errno(errno, fmt::format("{} '{}': {}", what_, path_, operation), "the last good file stays in place");
  };
  if (file.fd() < 0) return failed("create temporary file");
  if (!write_all(file.fd(), text)) return failed("write");
  if (::fchmod(file.fd(), mode_) != 0) return failed(fmt::format("set mode {:04o}", mode_));
  if (::fsync(file.fd()) != 0) return failed("fsync");
  if (!file.give_name()) return failed("name temporary file");
  if (!file.close()) return failed("close");
  if (!file.rename_to(path_)) return failed("rename");
  sync_folder(folder_);
  return {};
}

}  // namespace pmon
