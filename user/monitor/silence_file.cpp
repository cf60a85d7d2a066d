// SPDX-License-Identifier: Apache-2.0
#include "monitor/silence_file.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "monitor/state_folder.h"
#include "pmon/file_replacer.h"
#include "pmon/safe_open.h"

namespace pmon::monitor {

namespace {

constexpr std::size_t kLargest = std::size_t{16} << 20;  // far beyond what people write

// Absent-as-empty: a silence file that was never written is no error.
Result<std::string> read_if_there(const std::string& path) {
  auto text = read_plain_file(path, kLargest);
  if (!text && text.error().number == ENOENT) return "";
  if (!text) {
    return fail(ErrorKind::kFailed, fmt::format("silence file '{}': read: {}", path, text.error().reason));
  }
  // Only whoever made the file by hand leaves it empty; a crash never does.
  if (text->empty()) return fail(ErrorKind::kUsage, fmt::format("silence file '{}' is empty", path), "remove it");
  return std::move(*text);
}

}  // namespace

Result<std::string> new_silence_id() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return fail_errno(errno, "get random bytes");
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", bytes[i]);
  }
  return id;
}

SilenceFile::SilenceFile(const std::string& folder) : folder_(folder), path_(folder + "/silences.json") {}

Result<alerts::Silences> SilenceFile::read() const {
  const Result<std::string> text = read_if_there(path_);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return alerts::Silences();
  Result<alerts::Silences> silences = alerts::parse_silences(*text);
  if (!silences) {
    return fail(ErrorKind::kUsage, fmt::format("silence file '{}': {}", path_, silences.error().text()),
                "mend it, or remove it to begin without silences");
  }
  return silences;
}

Result<void> SilenceFile::change(Timestamp now, const std::function<Result<void>(alerts::Silences&)>& change) const {
  if (const auto made = make_state_folder(folder_); !made) return made;
  const Result<FileLock> lock = FileLock::wait(folder_ + "/silences.lock");
  if (!lock) return std::unexpected(lock.error());
  Result<alerts::Silences> silences = read();
  if (!silences) return std::unexpected(silences.error());
  if (const auto changed = change(*silences); !changed) return changed;
  silences->forget_expired_before(now - alerts::kSilenceRetention);
  return FileReplacer("silence file", path_, kStateFileMode).replace(alerts::silences_text(*silences));
}

SilenceFollower::Version SilenceFollower::version() const {
  struct stat info {};
  if (::stat(file_.path().c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

std::vector<Notice> SilenceFollower::refresh() {
  const Version now = version();
  if (now == read_) return {};
  read_ = now;  // before reading: what is replaced meanwhile is read once more
  Result<alerts::Silences> silences = file_.read();
  const bool failed_before = std::exchange(failed_, !silences);
  if (!silences) {
    // What is wrong with the file itself stays so until it changes; anything else may pass by itself.
    const bool may_pass = silences.error().kind == ErrorKind::kFailed;
    if (may_pass) read_.reset();
    if (may_pass && failed_before) return {};
    return {{Notice::Level::kError, "silences_failed", silences.error().text() + "; the silences in force stay"}};
  }
  silences_ = std::move(*silences);
  if (failed_before) return {{Notice::Level::kInfo, "silences_work", "the silence file is read again"}};
  return {};
}

}  // namespace pmon::monitor
