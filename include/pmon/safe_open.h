// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <string>

namespace pmon {

// Files of pmon's own in folders where others may write, too: nothing that somebody else put there is followed, waited
// for or written to. Links above the last folder are the administrator's.

struct OpenError {
  int number = 0;      // errno's
  std::string reason;  // in words, as strerror(3) or more exactly
};

// As open(2) with O_NOFOLLOW, O_NONBLOCK and O_CLOEXEC; the caller closes it. Refused are links, what is not a regular
// file, a stranger's file (below), and for writing one with a second name, which may be a file of another folder.
[[nodiscard]] std::expected<int, OpenError> open_plain_file(const std::string& path, int flags, mode_t mode = 0);

// The whole of such a file; EFBIG where it has more than `most` bytes.
[[nodiscard]] std::expected<std::string, OpenError> read_plain_file(const std::string& path, std::size_t most);

// Whether somebody besides its owner, root and this process's own group may make, replace and remove what is in that
// folder.
[[nodiscard]] bool others_may_write(const struct stat& folder);

// Whether `owner`, of what is at `path`, is neither this user nor root, in a folder where others may write, as in /tmp.
[[nodiscard]] bool is_strangers(const std::string& path, uid_t owner);

}  // namespace pmon
