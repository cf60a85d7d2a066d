// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "alerts/silences.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::monitor {

// A random UUID (RFC 4122, version 4).
[[nodiscard]] Result<std::string> new_silence_id();

// silences.json in a state folder.
class SilenceFile {
 public:
  explicit SilenceFile(const std::string& folder);

  // None where there is no file. Errors name the file: it cannot be read (kFailed), or is damaged (kUsage).
  [[nodiscard]] Result<alerts::Silences> read() const;

  // Reads, changes and writes under a lock, so that of two writers neither loses what the other wrote; makes the
  // folder. Whatever fails, what `change` returns included, leaves the file as it was. What expired more than
  // alerts::kSilenceRetention before `now` is dropped.
  [[nodiscard]] Result<void> change(Timestamp now, const std::function<Result<void>(alerts::Silences&)>& change) const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string folder_;
  std::string path_;
};

// The silences in force in a running monitor: those of the file, read again when it was replaced.
class SilenceFollower {
 public:
  explicit SilenceFollower(const std::string& folder) : file_(folder) {}

  // One stat(2) where nothing changed. A file that cannot be read or is damaged leaves those in force; a notice
  // tells so once, and another when it can be read again.
  [[nodiscard]] std::vector<Notice> refresh();

  [[nodiscard]] const alerts::Silences& silences() const { return silences_; }

 private:
  // What tells one version of the file from another: replacing it makes a new inode.
  using Version = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;
  [[nodiscard]] Version version() const;

  SilenceFile file_;
  alerts::Silences silences_;
  std::optional<Version> read_{Version{}};  // what was looked at last: all zeros: no file; nothing: to be read again
  bool failed_ = false;
};

}  // namespace pmon::monitor
