// SPDX-License-Identifier: Apache-2.0
#include "pmon/file_replacer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace pmon {

namespace {

// A file descriptor that closes itself and removes its file unless told that it got its final name.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path)), fd_(create()) {
    // Remains of an earlier run that was killed.
    if (fd_ < 0 && errno == EEXIST && ::unlink(path_.c_str()) == 0) fd_ = create();
    made_ = fd_ >= 0;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (made_) ::unlink(path_.c_str());
  }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;  // NFS reports a full disk only here
  }
  void renamed() { made_ = false; }

 private:
  int create() const { return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); }

  std::string path_;
  int fd_;
  bool made_ = false;
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

FileReplacer::FileReplacer(std::string what, std::string path, const std::string& temporary, mode_t mode)
    : what_(std::move(what)), path_(std::move(path)), mode_(mode) {
  const std::filesystem::path name(path_);
  folder_ = name.has_parent_path() ? name.parent_path().string() : ".";
  temporary_ = fmt::format("{}/{}", folder_, temporary);
}

Result<void> FileReplacer::probe() const {
  const TemporaryFile file(temporary_);
  if (file.fd() < 0) return fail(ErrorKind::kFailed, std::strerror(errno));
  return {};
}

Result<void> FileReplacer::replace(std::string_view text) const {
  TemporaryFile file(temporary_);
  const auto failed = [this](const std::string& operation) {
    return fail_errno(errno, fmt::format("{} '{}': {}", what_, path_, operation), "the last good file stays in place");
  };
  if (file.fd() < 0) return failed("create temporary file");
  if (!write_all(file.fd(), text)) return failed("write");
  if (::fchmod(file.fd(), mode_) != 0) return failed(fmt::format("set mode {:04o}", mode_));
  if (::fsync(file.fd()) != 0) return failed("fsync");
  if (!file.close()) return failed("close");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed("rename");
  file.renamed();
  sync_folder(folder_);
  return {};
}

}  // namespace pmon
