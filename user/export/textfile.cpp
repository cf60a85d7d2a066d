// SPDX-License-Identifier: Apache-2.0
#include "export/textfile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

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

TextfileWriter::TextfileWriter(std::string path) : path_(std::move(path)) {
  const std::filesystem::path name(path_);
  folder_ = name.has_parent_path() ? name.parent_path().string() : ".";
  temporary_ = fmt::format("{}/.{}.{}.tmp", folder_, name.filename().string(), ::getpid());
}

Result<TextfileWriter> TextfileWriter::open(std::string path) {
  TextfileWriter writer(std::move(path));
  struct stat info;
  if (writer.path_.empty() || writer.path_.ends_with('/') ||
      (::stat(writer.path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode))) {
    return fail(ErrorKind::kUsage, fmt::format("textfile '{}': not a regular file", writer.path_),
                "give the name of a file, such as /var/lib/prometheus/node-exporter/pmon.prom");
  }
  const TemporaryFile probe(writer.temporary_);
  if (probe.fd() < 0) {
    auto error =
        fail_errno(errno, fmt::format("textfile '{}': cannot create a file in '{}'", writer.path_, writer.folder_),
                   "create the folder, or give one that may be written");
    error.error().kind = ErrorKind::kUsage;
    return error;
  }
  return writer;
}

Result<void> TextfileWriter::write(std::string_view text) const {
  TemporaryFile file(temporary_);
  const auto failed = [this](const char* operation) {
    return fail_errno(errno, fmt::format("textfile '{}': {}", path_, operation), "the last good file stays in place");
  };
  if (file.fd() < 0) return failed("create temporary file");
  if (!write_all(file.fd(), text)) return failed("write");
  if (::fchmod(file.fd(), 0644) != 0) return failed("set mode 0644");
  if (::fsync(file.fd()) != 0) return failed("fsync");
  if (!file.close()) return failed("close");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed("rename");
  file.renamed();
  sync_folder(folder_);
  return {};
}

}  // namespace pmon
