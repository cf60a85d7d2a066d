// SPDX-License-Identifier: Apache-2.0
#include "collect/proc_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "collect/proc_scan.h"

namespace pmon::proc {

namespace {

constexpr std::size_t kInitialBuffer = std::size_t{16} * 1024;

ReadStatus status_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:  // the process was reaped between open and read
    case ENODEV: return ReadStatus::kGone;
    case EACCES:
    case EPERM: return ReadStatus::kDenied;
    default: return ReadStatus::kFailed;
  }
}

struct PidPath {
  PidPath(std::int32_t pid, const char* name) {
    *fmt::format_to_n(text, sizeof text - 1, "{}/{}", pid, name).out = '\0';
  }
  char text[64];
};

}  // namespace

Directory::Directory(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)), buffer_(kInitialBuffer) {}

Result<Directory> Directory::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "open " + path);
  return Directory(path, std::move(fd));
}

ReadStatus Directory::read(const char* relative_path, std::string_view& text) {
  const Fd file(openat(fd_.get(), relative_path, O_RDONLY | O_CLOEXEC));
  if (!file) return status_of(errno);
  std::size_t used = 0;
  while (true) {
    if (used == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const ssize_t count = ::read(file.get(), buffer_.data() + used, buffer_.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return status_of(errno);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  text = {buffer_.data(), used};
  return ReadStatus::kOk;
}

ReadStatus Directory::read(std::int32_t pid, const char* file, std::string_view& text) {
  return read(PidPath(pid, file).text, text);
}

bool Directory::read_link(std::int32_t pid, const char* name, std::string& target) const {
  target.resize(PATH_MAX);
  const ssize_t length = readlinkat(fd_.get(), PidPath(pid, name).text, target.data(), target.size());
  target.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return length >= 0;
}

bool Directory::exists(const char* relative_path) const { return faccessat(fd_.get(), relative_path, F_OK, 0) == 0; }

Result<void> Directory::list_pids(std::vector<std::int32_t>& pids, const char* relative_path) const {
  pids.clear();
  const int fd = openat(fd_.get(), relative_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, "open " + path_ + "/" + relative_path);
  const Handle<DIR*, &closedir, nullptr> dir(fdopendir(fd));
  if (!dir) {
    const Fd unused(fd);
    return fail_errno(errno, "list " + path_);
  }
  errno = 0;
  while (const dirent* entry = readdir(dir.get())) {  // NOLINT(concurrency-mt-unsafe): nobody else has this stream
    if (const auto pid = parse_number<std::int32_t>(entry->d_name); pid && *pid > 0) pids.push_back(*pid);
    errno = 0;
  }
  if (errno != 0) return fail_errno(errno, "list " + path_);
  if (!std::ranges::is_sorted(pids)) std::ranges::sort(pids);  // the kernel lists them in order
  return {};
}

}  // namespace pmon::proc
