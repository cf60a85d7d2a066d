// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "delivery/destination.h"
#include "pmon/result.h"

namespace pmon {

struct RotatingFileOptions {
  std::string path;
  std::uint64_t max_bytes = 64 << 20;  // a file that would grow beyond becomes path.1, that one path.2 …
  unsigned keep = 5;                   // … so many of them, besides the file itself
};

// A file of lines that is only appended to, mode 0640. One thread, one writer.
class RotatingFile {
 public:
  // Errors (kUsage): the path names something that is no regular file, or its folder does not exist or takes none.
  // `later`: the first append() opens it, for another writer has it until then.
  [[nodiscard]] static Result<RotatingFile> open(RotatingFileOptions options, bool later = false);
  ~RotatingFile();
  RotatingFile(RotatingFile&& other) noexcept;
  RotatingFile& operator=(RotatingFile&& other) noexcept;

  // Whole lines, all or none of them: what a full disk took half of is cut off again, and half a line that a killed
  // writer has left is cut off when the file is opened. Somebody else may move the file away or remove it; it is made
  // anew.
  [[nodiscard]] Result<void> append(std::string_view lines);

 private:
  explicit RotatingFile(RotatingFileOptions options) : options_(std::move(options)) {}
  [[nodiscard]] Result<void> open_file();
  [[nodiscard]] bool is_in_place() const;
  [[nodiscard]] Result<void> rotate();
  [[nodiscard]] Result<void> write_all(std::string_view lines);
  void close_file();

  RotatingFileOptions options_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

// Appends each item to a file. Everything that can fail may heal: a full disk, a folder that is read-only.
class FileDestination : public delivery::Destination {
 public:
  explicit FileDestination(RotatingFile file) : file_(std::move(file)) {}
  [[nodiscard]] delivery::Outcome send(const delivery::Item& item, delivery::Deadline deadline) override;

 private:
  RotatingFile file_;
};

}  // namespace pmon
